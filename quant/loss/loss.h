// Loss: the distance between the output of a quantised unit and its float target.
//
// All element-wise losses share the reference normalisation: the sum over channels (the last axis)
// and the mean over everything before it, samples and positions alike.  The weight of the rounding
// regulariser is tuned to this scale.  source: lp_loss of BRECQ, QDrop and AIMET on N,C,H,W.
// deviation: on B,N,C token tensors the reference code sums over axis 1, the tokens; we sum over
// the channels there too.
#pragma once

#include <string_view>

#include "autograd/variable.h"
#include "core/registry.h"

namespace quant {

struct LossInputs {
  autograd::Variable prediction;  // (.., C)
  core::Tensor target;            // same shape, constant
};

class Loss {
 public:
  static constexpr std::string_view kind = "loss";
  virtual ~Loss() = default;
  /// A scalar.  throws: ShapeError when the shapes differ or rank is 0.
  virtual autograd::Variable operator()(const LossInputs& in) const = 0;
};

/// Number of rows that the mean runs over: elements / channels.
/// throws: ShapeError as Loss.
inline std::int64_t loss_rows(std::string_view op, const LossInputs& in) {
  const core::Shape& shape = in.prediction.shape();
  core::require(
      op, shape == in.target.shape() && shape.rank() >= 1 && shape.numel() > 0,
      "prediction and target must have one shape with channels; got prediction {}, target {}",
      shape, in.target.shape());
  return shape.numel() / shape[-1];
}

}  // namespace quant
