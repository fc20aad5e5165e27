// Pulling: a regulariser that is the same Pull on every weight, off during a warm-up.
//
// A file of this kind says which pull acts at a step; the sum over weights, the numbers for fused
// kernels and the freezing of decided weights are made here.
#pragma once

#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/clamp.h"
#include "autograd/ops/log.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/round_penalty.h"
#include "quant/regulariser/regulariser.h"

namespace quant {

/// The entropy of h in nats, summed: -sum h ln h + (1 - h) ln(1 - h), h kept kEntropyEdge off 0, 1.
inline autograd::Variable binary_entropy(const autograd::Variable& h) {
  using autograd::affine, autograd::log, autograd::mul;
  const autograd::Variable up = autograd::clamp(h, kEntropyEdge, 1.0 - kEntropyEdge);
  const autograd::Variable down = affine(up, -1.0, 1.0);
  const autograd::Variable sum = autograd::add(mul(up, log(up)), mul(down, log(down)));
  return affine(autograd::sum_all(sum), -1.0, 0.0);
}

class Pulling : public Regulariser {
 public:
  std::optional<autograd::Variable> operator()(std::span<const autograd::Variable> h,
                                               std::int64_t step, std::int64_t total) const final {
    const Pull now = pull(step, total);
    if (now.lambda == 0 || h.empty()) return std::nullopt;
    autograd::Variable sum = unweighted(h[0], now);
    for (std::size_t i = 1; i < h.size(); ++i) sum = autograd::add(sum, unweighted(h[i], now));
    return autograd::affine(sum, now.lambda, 0.0);
  }
  bool has_pull() const final { return true; }
  bool active() const final { return lambda_ > 0; }
  std::optional<double> freeze(std::int64_t step, std::int64_t total) const final {
    return warm(step, total) ? freeze_ : std::nullopt;
  }

 protected:
  explicit Pulling(core::Params& params)
      : lambda_(params.get<double>(
            "lambda", 0.01,
            {.doc = "weight of the regulariser", .source = "AIMET, BRECQ", .min = 0})),
        warm_up_(params.get<double>("warm_up", 0.2,
                                    {.doc = "share of the steps without regulariser",
                                     .source = "AIMET, BRECQ",
                                     .min = 0,
                                     .max = 1})),
        freeze_(params.get_optional<double>(
            "freeze", {.doc = "after the warm-up, weights whose h is this close to 0 or 1 stop "
                              "moving; null: none do",
                       .source = "ours; 0.05 is a usual choice",
                       .min = 0,
                       .max = 0.5})) {}

  double lambda() const { return lambda_; }
  double warm_up() const { return warm_up_; }
  /// True when the warm-up is over.
  bool warm(std::int64_t step, std::int64_t total) const {
    return static_cast<double>(step) >= warm_up_ * static_cast<double>(total);
  }

 private:
  static autograd::Variable unweighted(const autograd::Variable& h, const Pull& pull) {
    return pull.shape == Pull::Shape::entropy ? binary_entropy(h)
                                              : autograd::round_penalty(h, pull.beta);
  }

  double lambda_, warm_up_;
  std::optional<double> freeze_;
};

}  // namespace quant
