#include "nn/fit.h"

#include <cmath>

#include "autograd/ops/cross_entropy.h"
#include "core/kernels/reduce.h"
#include "nn/training.h"

namespace nn {

using autograd::Variable;
using core::Tensor;

FitResult fit_step(Model& model, Optimizer& optimizer, const Tensor& images, const Tensor& labels,
                   const FitOptions& options, const core::Rng& rng) {
  TrainPass pass(model, rng, options.precision);
  FitResult result{};
  std::vector<Tensor> grads;
  {  // the graph ends with this scope, so that the optimizer finds unshared weights
    const Variable logits = model.forward(Variable(images), pass);
    const Variable loss = autograd::cross_entropy(logits, labels, options.label_smoothing);
    result = {loss.value().item(), count_correct(logits.value(), labels)};
    if (!std::isfinite(result.loss)) {
      throw core::Error(fmt::format("fit: the loss must be finite; got {} at learning rate {}",
                                    result.loss, options.lr));
    }
    grads = pass.gradients(loss);
  }
  pass.release();
  optimizer.step(pass.values(), grads, options.lr);
  pass.update_statistics();
  return result;
}

std::int64_t count_correct(const Tensor& logits, const Tensor& labels) {
  const Tensor best = core::argmax_last(logits);
  core::require("count_correct", best.shape() == labels.shape(), "labels must be {}; got {}",
                best.shape(), labels.shape());
  const auto a = best.data<std::int64_t>(), b = labels.data<std::int64_t>();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < a.size(); ++i) correct += a[i] == b[i];
  return correct;
}

}  // namespace nn
