// Selection: which weights of a tensor learn their rounding; the others stay at round to nearest.
//
// A selection gives every weight the share of the steps after which it starts to learn: 0 from the
// first step, kNever not at all.  Until then its soft weight is that of round to nearest, without
// gradient and without penalty.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config/registry.h"
#include "core/rng.h"
#include "quant/variable/rounding_variable.h"

namespace quant {

inline constexpr double kNever = 2;  // any value above 1 will do

/// Where the weight of a layer stands among those of the network that are quantised.
struct LayerPlace {
  std::int64_t index = 0, count = 1;
  bool depthwise = false;  // a convolution with one input channel per group and several groups
};

class Selection {
 public:
  static constexpr std::string_view kind = "selection";
  virtual ~Selection() = default;
  /// True when `mask` wants the gradient of the task or reconstruction loss at the start.
  virtual bool needs_gradient() const { return false; }
  /// False: no weight of the layer learns, and `mask` is not asked.
  virtual bool takes_layer(const LayerPlace& /*place*/) const { return true; }
  /// Starts of all weights, shape and dtype of w.  gradient: dL/dW, shape of w; only looked at
  /// where needs_gradient.  throws: ShapeError when it is missing there or has another shape.
  virtual core::Tensor mask(const QuantisedWeight& weight, const core::Tensor* gradient,
                            core::Rng rng) const = 0;
};

}  // namespace quant
