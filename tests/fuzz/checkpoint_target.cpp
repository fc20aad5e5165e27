// Checkpoints of a training: any bytes; the image of a real one under its trailer with the bytes
// of an input laid over it is HDF5's affair (cell_target.cpp); and well-formed images with a right
// trailer whose contents are not what this training would have stored.
#include "experiments/train_checkpoint.h"

#include <cstring>

#include "core/sha256.h"
#include "nn/state_dict.h"
#include "tests/fuzz/image.h"
#include "tests/support/tiny_training.h"

using namespace experiments;

namespace {

/// As save_checkpoint closes its file.
std::vector<std::uint8_t> closed(const std::vector<std::byte>& image) {
  const std::string digest = core::sha256_hex(std::span<const std::byte>(image));
  const std::uint64_t length = image.size();
  std::vector<std::uint8_t> out(image.size() + 80);
  std::memcpy(out.data(), image.data(), image.size());
  std::memcpy(out.data() + length, "RTTRAIN1", 8);
  std::memcpy(out.data() + length + 8, &length, 8);
  std::memcpy(out.data() + length + 16, digest.data(), 64);
  return out;
}

/// One training for all inputs; the model is small, and loading replaces its values whole.
TrainPlan make_plan() {
  static const support::TempDir dir("fuzz");
  TrainPlan plan =
      make_train_plan(support::tiny_training(dir, "x", support::kTinyVit, support::kTinyAdamW));
  plan.checkpoint = fuzz::folder() + "/input.checkpoint";
  return plan;
}

std::vector<std::byte> image(TrainPlan& plan, const std::string& identity, fuzz::Source& source) {
  core::h5::File file = core::h5::File::create("input");
  const core::h5::WriteOptions plain{.compress = false};
  file.set_attribute("identity", identity);
  for (const char* name : {"epoch", "step", "loss_sum", "correct", "seen", "seconds"})
    fuzz::attribute(file, name, source);
  fuzz::column(file, "history", source);
  const std::uint8_t wrong = source.byte();  // which parameter is wrong or missing; most: none
  std::uint8_t i = 0;
  for (const nn::Parameter* p : nn::parameters(*plan.model)) {
    if (i++ == wrong)
      fuzz::column(file, "model/" + p->path, source);
    else
      file.write("model/" + p->path, p->value, plain);
  }
  for (const nn::Buffer* b : nn::buffers(*plan.model)) file.write("model/" + b->path, b->value);
  const int slots = source.byte() % 4;
  for (int s = 0; s < slots; ++s) {
    constexpr const char* kNames[] = {"t", "m.0", "v.0", "m.1"};
    fuzz::column(file, std::string("optimizer/") + kNames[s], source);
  }
  return file.image();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static TrainPlan plan = make_plan();
  static const std::string identity = plan.identity();
  fuzz::put("input.checkpoint", {data, size});
  fuzz::require(!fuzz::accepts([] { load_checkpoint(plan); }), "no fuzzer finds a SHA-256");
  fuzz::Source source(data, size);
  fuzz::put("input.checkpoint", closed(image(plan, identity, source)));
  fuzz::accepts([] {
    const TrainState state = load_checkpoint(plan);
    fuzz::require(state.epoch >= 0 && state.step >= 0 && state.correct >= 0 && state.seen >= 0,
                  "counts are not negative");
  });
  return 0;
}
