// Checkpoints of a training: any bytes, and well-formed images whose contents are not what this
// training would have stored.  Ill-formed HDF5 is not tried here (cell_target.cpp).
#include "experiments/train_checkpoint.h"

#include "nn/state_dict.h"
#include "tests/fuzz/image.h"
#include "tests/support/tiny_training.h"

using namespace experiments;

namespace {

/// One training for all inputs; the model is small, and loading replaces its values whole.
TrainPlan make_plan() {
  static const support::TempDir dir("fuzz");
  TrainPlan plan =
      make_train_plan(support::tiny_training(dir, "x", support::kTinyVit, support::kTinyAdamW));
  return plan;
}

core::h5::File image(TrainPlan& plan, const std::string& identity, fuzz::Source& source) {
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
  return file;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static TrainPlan plan = make_plan();
  static const std::string identity = plan.identity();
  const auto bytes = std::as_bytes(std::span(data, size));
  fuzz::require(!fuzz::accepts([&] { checkpoint_image(bytes, "input"); }),
                "no fuzzer finds a SHA-256");
  fuzz::Source source(data, size);
  const H5Content content = fuzz::content(image(plan, identity, source));
  fuzz::accepts([&] {
    const TrainState state = restore_checkpoint(plan, content);
    fuzz::require(state.epoch >= 0 && state.step >= 0 && state.correct >= 0 && state.seen >= 0,
                  "counts are not negative");
  });
  return 0;
}
