#include "core/error.h"
#include "core/rng.h"
#include "nn/fit.h"
#include "quant/network/bn_fold.h"
#include "tests/bench/steps.h"
#include "tests/bench/timing.h"

namespace bench {

using autograd::Variable;
using core::Tensor;

std::unique_ptr<nn::Model> make_network(const std::string& name) {
  struct Entry {
    const char *name, *registered;
    int channels, side;
  };
  static constexpr Entry kEntries[] = {{"resnet20", "resnet20", 1, 28},
                                       {"resnet18", "resnet18", 3, 224},
                                       {"vit_small", "vit_small_patch4_28", 1, 28},
                                       {"vit_tiny", "vit_tiny_patch16_224", 3, 224}};
  for (const Entry& e : kEntries) {
    if (name != e.name) continue;
    core::Value tree{core::Value::Map{}};
    tree.set_path("name", e.registered);
    tree.set_path("in_channels", e.channels);
    tree.set_path("img_size", e.side);
    core::Params params(tree, "model");
    return nn::make_model(params, core::Rng(0));
  }
  throw core::InputError(
      fmt::format("model: unknown '{}'; known: resnet20, resnet18, vit_small, vit_tiny", name));
}

Tensor random_images(const nn::Model& model, std::int64_t count) {
  const nn::InputSpec spec = model.input_spec();
  return core::Rng(1).normal({count, spec.height, spec.width, spec.channels}, 0, 1);
}

nlohmann::json train_step(const StepOptions& options) {
  const std::unique_ptr<nn::Model> model = make_network(options.model);
  core::Value tree{core::Value::Map{}};
  tree.set_path("name", options.model.starts_with("vit") ? "adamw" : "sgd");
  tree.set_path("lr", 0.01);
  core::Params params(tree, "optimizer");
  const std::unique_ptr<nn::Optimizer> optimizer = core::Registry<nn::Optimizer>::create(params);
  core::Rng rng(1);
  const Tensor images = random_images(*model, options.number);
  const double last = static_cast<double>(model->classes()) - 0.51;
  const Tensor labels = rng.uniform({options.number}, -0.5, last).to(core::DType::s64);
  std::uint64_t count = 0;
  return measure(options.seconds,
                 [&] {
                   nn::fit_step(*model, *optimizer, images, labels,
                                {.lr = 0.01, .precision = options.precision}, rng.stream(count++));
                 })
      .json();
}

nlohmann::json inference(const StepOptions& options) {
  const std::unique_ptr<nn::Model> model = make_network(options.model);
  quant::fold_batch_norms(*model);
  const Variable images(random_images(*model, options.number));
  nn::EvalPass pass(options.precision);
  return measure(options.seconds, [&] { model->forward(images, pass); }).json();
}

}  // namespace bench
