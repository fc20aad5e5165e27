#include "quant/calibration/network_view.h"

#include <optional>

#include "autograd/gradients.h"
#include "autograd/ops/add.h"
#include "core/kernels/map.h"
#include "quant/calibration/bn_statistics.h"
#include "quant/pass/capture_pass.h"
#include "quant/pass/quant_pass.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

/// Sums the distance of every image over all batch normalisations.
struct DistancePass final : nn::EvalPass {
  Tensor sum;
  explicit DistancePass(std::int64_t images) : sum(Tensor::zeros({images}, core::DType::f64)) {}
  void batch_norm_input(const nn::BatchNorm2d& bn, const Variable& x) override {
    core::accumulate(sum, statistics_distance(x.value(), running_statistics(bn)));
  }
};

/// The same as a differentiable mean.
struct LossPass final : nn::EvalPass {
  std::optional<Variable> loss;
  void batch_norm_input(const nn::BatchNorm2d& bn, const Variable& x) override {
    const Variable own = statistics_loss(x, running_statistics(bn));
    loss = loss ? autograd::add(*loss, own) : own;
  }
};

}  // namespace

Tensor NetworkView::logits(const Tensor& images) const {
  nn::EvalPass pass;
  return model_.forward(Variable(images), pass).value();
}

Tensor NetworkView::features(const Tensor& images) const {
  const std::vector<nn::Stage> stages = model_.stages();
  if (stages.empty() || stages.back().layers.empty()) {
    throw core::Error("features: the last stage of the network has no layer");
  }
  nn::EvalPass plain;
  CapturePass pass(plain, {stages.back().layers.back().path});
  model_.forward(Variable(images), pass);
  const Tensor& x = pass.captured[0];
  return x.reshape({images.shape()[0], x.numel() / images.shape()[0]});
}

bool NetworkView::has_batch_norm() const {
  for (const nn::Module* module : nn::modules(model_)) {
    const auto* bn = dynamic_cast<const nn::BatchNorm2d*>(module);
    if (bn && !bn->folded()) return true;
  }
  return false;
}

Tensor NetworkView::bn_distance(const Tensor& images) const {
  DistancePass pass(images.shape()[0]);
  model_.forward(Variable(images), pass);
  return pass.sum;
}

double NetworkView::bn_loss(const Tensor& images, Tensor& gradient) const {
  const Variable x(images, true);
  LossPass pass;
  model_.forward(x, pass);
  core::require_input("bn_loss", pass.loss.has_value(),
                      "the network must have batch normalisations; it has none");
  gradient = autograd::gradients(*pass.loss, std::span(&x, 1))[0];
  return pass.loss->value().item();
}

}  // namespace quant
