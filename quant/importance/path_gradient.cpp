#include "quant/importance/path_gradient.h"

#include "core/kernels/map.h"

namespace quant {

using core::Tensor;

namespace {

Tensor between(const Tensor& from, const Tensor& to, double share) {
  Tensor out = core::affine(from, 1.0 - share, 0.0);
  core::accumulate(out, to, share);
  return out;
}

}  // namespace

std::vector<Tensor> path_gradient(const NetworkLoss& loss, LossOf what,
                                  std::span<const Tensor> from, std::span<const Tensor> to,
                                  std::int64_t steps, bool together) {
  core::require("path_gradient", from.size() == to.size() && steps > 0,
                "both ends must have as many weights and there must be a step; got {} and {}, {} "
                "steps",
                from.size(), to.size(), steps);
  std::vector<Tensor> out;
  for (const Tensor& w : from) out.push_back(Tensor::zeros(w.shape(), w.dtype()));
  const double part = 1.0 / static_cast<double>(steps);
  for (std::int64_t k = 0; k < steps; ++k) {
    const double share = (static_cast<double>(k) + 0.5) * part;
    if (together) {
      std::vector<Tensor> at;
      for (std::size_t i = 0; i < from.size(); ++i) at.push_back(between(from[i], to[i], share));
      const std::vector<Tensor> grads = loss.gradient(what, at);
      for (std::size_t i = 0; i < grads.size(); ++i) core::accumulate(out[i], grads[i], part);
      continue;
    }
    for (std::size_t i = 0; i < from.size(); ++i) {
      std::vector<Tensor> at = loss.floats();
      at[i] = between(from[i], to[i], share);
      core::accumulate(out[i], loss.gradient(what, at, std::span(&i, 1))[0], part);
    }
  }
  return out;
}

}  // namespace quant
