#include "experiments/train_checkpoint.h"

#include <cstring>

#include "core/io/file.h"
#include "core/io/h5.h"
#include "core/sha256.h"
#include "experiments/h5_reader.h"

namespace experiments {
namespace {

constexpr std::string_view kMagic = "RTTRAIN1";
constexpr std::size_t kTrailer = 8 + 8 + 64;  // magic, length, SHA-256 in hex
constexpr std::int64_t kColumns = 5;          // of the history

template <class Fn>
void each_tensor(nn::Model& model, Fn&& fn) {
  for (nn::Parameter* p : nn::parameters(model)) fn(p->path, p->value);
  for (nn::Buffer* b : nn::buffers(model)) fn(b->path, b->value);
}

core::Tensor history_table(const std::vector<EpochRecord>& history) {
  core::Tensor t =
      core::Tensor::empty({static_cast<std::int64_t>(history.size()), kColumns}, core::DType::f64);
  double* to = t.writable<double>().data();
  for (const EpochRecord& r : history) {
    for (const double v : {r.loss, r.train_accuracy, r.val_accuracy, r.lr, r.seconds}) *to++ = v;
  }
  return t;
}

std::vector<EpochRecord> history_of(const core::Tensor& t, const std::string& path) {
  core::require_input(
      path, t.dtype() == core::DType::f64 && t.shape().rank() == 2 && t.shape()[1] == kColumns,
      "the history must be f64 with {} columns; got {} {}", kColumns, t.dtype(), t.shape());
  std::vector<EpochRecord> out;
  for (std::int64_t i = 0; i < t.shape()[0]; ++i) {
    const double* v = t.data<double>().data() + i * kColumns;
    out.push_back({v[0], v[1], v[2], v[3], v[4]});
  }
  return out;
}

}  // namespace

std::span<const std::byte> checkpoint_image(std::span<const std::byte> file,
                                            const std::string& path) {
  const bool long_enough = file.size() > kTrailer;
  const std::byte* trailer = long_enough ? file.data() + (file.size() - kTrailer) : nullptr;
  core::require_input(path, long_enough && std::memcmp(trailer, kMagic.data(), 8) == 0,
                      "not a training checkpoint, or a truncated one");
  std::uint64_t length = 0;
  std::memcpy(&length, trailer + 8, 8);
  core::require_input(path, length == file.size() - kTrailer,
                      "the checkpoint should hold {} bytes; got {}", length,
                      file.size() - kTrailer);
  const auto image = file.first(static_cast<std::size_t>(length));
  core::require_input(
      path,
      core::sha256_hex(image) == std::string_view(reinterpret_cast<const char*>(trailer + 16), 64),
      "the checkpoint is damaged: its SHA-256 does not match");
  return image;
}

void save_checkpoint(const TrainPlan& plan, const TrainState& state) {
  core::h5::File file = core::h5::File::create(plan.checkpoint);
  const core::h5::WriteOptions plain{.compress =
                                         false};  // weights hardly shrink, and a stop must be quick
  file.set_attribute("identity", plan.identity());
  file.set_attribute("epoch", state.epoch);
  file.set_attribute("step", state.step);
  file.set_attribute("loss_sum", state.loss_sum);
  file.set_attribute("correct", state.correct);
  file.set_attribute("seen", state.seen);
  file.set_attribute("seconds", state.seconds);
  if (!state.history.empty()) file.write("history", history_table(state.history), plain);
  each_tensor(*plan.model, [&](const std::string& path, const core::Tensor& value) {
    file.write("model/" + path, value, plain);
  });
  for (const auto& [name, value] : plan.optimizer->state())
    file.write("optimizer/" + name, value, plain);

  std::vector<std::byte> bytes = file.image();
  const std::uint64_t length = bytes.size();
  const std::string digest = core::sha256_hex(std::span<const std::byte>(bytes));
  bytes.resize(bytes.size() + kTrailer);
  std::byte* trailer = bytes.data() + length;
  std::memcpy(trailer, kMagic.data(), 8);
  std::memcpy(trailer + 8, &length, 8);
  std::memcpy(trailer + 16, digest.data(), 64);
  core::publish(plan.checkpoint, std::span<const std::byte>(bytes));
}

TrainState load_checkpoint(TrainPlan& plan) {
  const std::vector<std::byte> bytes = core::read_file(plan.checkpoint);
  H5Reader reader;
  return restore_checkpoint(
      plan, reader.read(checkpoint_image(bytes, plan.checkpoint), plan.checkpoint));
}

TrainState restore_checkpoint(TrainPlan& plan, const H5Content& file) {
  const std::string made_by = file.text("identity"), ours = plan.identity();
  core::require_input(plan.checkpoint, made_by == ours,
                      "the checkpoint belongs to another configuration or data; it was made by\n  "
                      "{}\nthis run is\n  {}",
                      made_by, ours);
  TrainState state;
  state.epoch = file.integer("epoch");
  state.step = file.integer("step");
  state.loss_sum = file.real("loss_sum");
  state.correct = file.integer("correct");
  state.seen = file.integer("seen");
  state.seconds = file.real("seconds");
  core::require_input(
      plan.checkpoint, state.epoch >= 0 && state.step >= 0 && state.correct >= 0 && state.seen >= 0,
      "its counts must not be negative; got epoch {}, step {}, {} right of {} images", state.epoch,
      state.step, state.correct, state.seen);
  if (file.has("history")) state.history = history_of(file.tensor("history"), plan.checkpoint);
  each_tensor(*plan.model, [&](const std::string& path, core::Tensor& value) {
    const core::Tensor& stored = file.tensor("model/" + path);
    core::require_input(plan.checkpoint,
                        stored.shape() == value.shape() && stored.dtype() == value.dtype(),
                        "{} must be {} {}; got {} {}", path, value.dtype(), value.shape(),
                        stored.dtype(), stored.shape());
    value = stored;
  });
  std::map<std::string, core::Tensor> optimizer;
  const std::string group = "optimizer/";
  for (const auto& [path, data] : file.datasets) {
    if (path.starts_with(group)) optimizer.emplace(path.substr(group.size()), file.tensor(path));
  }
  if (!optimizer.empty()) plan.optimizer->load_state(optimizer);
  return state;
}

}  // namespace experiments
