// What selections share: scores of weights, and masks from scores.
//
// Scores are double; a share picks round(share * n) weights of a tensor, the first ones at ties.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "quant/grid/level_table.h"
#include "quant/grid/levels.h"
#include "quant/selection/selection.h"

namespace quant {

/// |frac(W/s) - 1/2|: 0 for the weights whose rounding is least certain; W/s is the position on the
/// axis of codes where the grid has a level function.
inline std::vector<double> half_distances(const QuantisedWeight& weight) {
  std::vector<double> out = weight.w.values();
  const std::vector<double> scale = weight.q.scale.values();
  const std::size_t run = out.size() / scale.size();
  const std::vector<double> bent = weight.grid.levels
                                       ? positions(weight.w, weight.q, weight.grid).values()
                                       : std::vector<double>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = bent.empty() ? out[i] / scale[i / run] : bent[i];
    out[i] = std::abs(t - std::floor(t) - 0.5);
  }
  return out;
}

/// The gradient as doubles.  throws: ShapeError unless it is there with the shape of w.
inline std::vector<double> gradient_values(std::string_view op, const QuantisedWeight& weight,
                                           const core::Tensor* gradient) {
  core::require(op, gradient != nullptr, "needs the gradient of the weight, shape {}",
                weight.w.shape());
  core::require(op, gradient->shape() == weight.w.shape(),
                "gradient must have the shape of w; got {}, {}", gradient->shape(),
                weight.w.shape());
  return gradient->values();
}

/// Starts from a function of the position: `start(i)`.
template <class Start>
core::Tensor mask_of(const QuantisedWeight& weight, Start&& start) {
  std::vector<double> out(static_cast<std::size_t>(weight.w.numel()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = start(i);
  return core::Tensor::of<double>(weight.w.shape(), out).to(weight.w.dtype());
}

/// From the first step for the weights with the highest scores, never for the rest.
inline core::Tensor highest(const QuantisedWeight& weight, const std::vector<double>& score,
                            double share) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto count =
      static_cast<std::ptrdiff_t>(std::nearbyint(share * static_cast<double>(score.size())));
  const auto before = [&](std::size_t a, std::size_t b) {
    return score[a] != score[b] ? score[a] > score[b] : a < b;
  };
  if (count < static_cast<std::ptrdiff_t>(order.size()))
    std::nth_element(order.begin(), order.begin() + count, order.end(), before);
  std::vector<double> out(score.size(), kNever);
  for (std::ptrdiff_t k = 0; k < count; ++k) out[order[static_cast<std::size_t>(k)]] = 0;
  return mask_of(weight, [&](std::size_t i) { return out[i]; });
}

/// The `share` key.
inline double read_share(core::Params& params) {
  return params.get<double>(
      "share", 0.5, {.doc = "share of the weights of a tensor that learn", .min = 0, .max = 1});
}
/// The `distance` key.
inline double read_distance(core::Params& params) {
  return params.get<double>("distance", 0.25,
                            {.doc = "distance of frac(W/s) from 1/2", .min = 0, .max = 0.5});
}

}  // namespace quant
