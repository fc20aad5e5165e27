// AllLevels: variables that choose among all codes of the grid, not only the two around a weight.
//
// One learned logit a weight and level, shape (weights, levels):
//   W_hat = s (sum_k p_k n_k - z), p = softmax((logits + g) / T), n_k = qmin + k,
// with T falling over the steps and g the noise of a file of this kind, if any.  dW_hat/dlogit_k =
// s p_k (n_k - sum p n) / T.
// start: logits = -T_start (t - n_k)^2 / width with t = W/s + z kept in the range, so that p is a
// discrete bell around t; the code of round to nearest is the largest logit, ties included.
// Hard codes: the largest logit (the lowest of equals), without noise.
// memory: 2^bits values a weight, several times over while a step runs: 4 bits at most.
#pragma once

#include "quant/variable/on_grid.h"
#include "quant/variable/temperature.h"

namespace quant {

class AllLevels : public RoundingVariable {
 public:
  static constexpr int kMostBits = 4;

  int most_bits() const final { return kMostBits; }
  bool takes_levels() const final { return false; }
  std::vector<core::Tensor> init(const QuantisedWeight& weight) const final;
  Softened soften(const QuantisedWeight& weight, std::span<const autograd::Variable> learned,
                  const Softening& at) const final;
  using RoundingVariable::harden;
  core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                      const QParams& grid) const final;

 protected:
  explicit AllLevels(core::Params& params)
      : temperature_(Temperature::read(params, 1.0, 0.05)),
        width_(params.get<double>("width", 0.5,
                                  {.doc = "twice the variance of the starting bell, in steps^2",
                                   .min = 0.01,
                                   .max = 100})) {}
  /// Noise on the logits of a step; an empty tensor is none.
  virtual core::Tensor noise(const core::Shape& shape, core::DType dtype,
                             const std::optional<core::Rng>& rng) const = 0;

 private:
  Temperature temperature_;
  double width_;
};

}  // namespace quant
