// Loss: the distance between the output of a quantised unit and its float target.
//
// All element-wise losses share the reference normalisation: the sum over channels (the last axis)
// and the mean over everything before it, samples and positions alike.  The weight of the rounding
// regulariser is tuned to this scale.  source: lp_loss of BRECQ, QDrop and AIMET on N,C,H,W.
// deviation: on B,N,C token tensors the reference code sums over axis 1, the tokens; we sum over
// the channels there too.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "autograd/ops/cast.h"
#include "autograd/variable.h"
#include "core/config/registry.h"

namespace quant {

struct LossInputs {
  autograd::Variable prediction;  // (.., C)
  core::Tensor target;            // same shape, constant
  /// Same shape as the target, per sample: what LossNeeds asks for.  Empty for other losses.
  core::Tensor sensitivity = {};
  /// (N, K): the rest of the float network run on `prediction`, with its history.
  std::optional<autograd::Variable> logits = std::nullopt;
  core::Tensor float_logits = {};  // (N, K) of the float network
  /// What leaves the layers inside the unit, with history, what leaves the float ones, and how much
  /// each counts; in one order.
  std::vector<autograd::Variable> layers = {};
  std::vector<core::Tensor> float_layers = {};
  std::vector<double> layer_weights = {};
  core::Tensor labels = {};  // s64 (N): the true class of each sample
};

/// Which run of the unit `logits` go on from, when the input of a step mixes the two networks or
/// its quantisers leave elements out.
enum class LogitsOf {
  prediction,     // the run that gives the prediction
  unmixed_input,  // a second one on the input from the quantised network alone
  unmixed         // likewise, with every element quantised
};

/// What a loss reads beside prediction and target; sensitivity.h computes the sensitivities.
struct LossNeeds {
  bool sensitivity = false;  // the gradient of the task loss at the float output of the unit
  bool logits = false;       // logits and float_logits
  bool labels = false;       // labels
  /// > 0: instead of the gradient g(y), the sensitivity is g(y + e) - g(y - e) with e this number,
  /// and the task loss is the divergence from the float logits at `temperature`.
  double perturbation = 0.0;
  double temperature = 1.0;
  LogitsOf logits_of = LogitsOf::prediction;
  bool layers = false;            // layers, float_layers and layer_weights
  std::int64_t weight_draws = 0;  // > 0: the weights are Hessian scores of as many draws
  std::int64_t weight_samples =
      0;  // on as many calibration images; without draws all weights are 1

  /// Something of this comes from behind the unit, through the rest of the network.
  bool rest() const { return logits || sensitivity; }
};

class Loss {
 public:
  static constexpr std::string_view kind = "loss";
  virtual ~Loss() = default;
  /// A scalar.  NaN in the prediction gives NaN.
  /// throws: ShapeError when shapes or types differ, rank is 0, or something that `needs` names is
  /// absent.
  virtual autograd::Variable operator()(const LossInputs& in) const = 0;
  virtual LossNeeds needs() const { return {}; }
};

/// The same inputs with prediction and target in f32 where they are bf16: for losses that are more
/// than a pass over elements.
inline LossInputs widened(LossInputs in) {
  in.prediction = autograd::cast(in.prediction, core::arithmetic_type(in.target.dtype()));
  in.target = in.target.to(core::arithmetic_type(in.target.dtype()));
  return in;
}

/// Number of rows that the mean runs over, elements / channels, after the checks of every loss.
/// throws: ShapeError as Loss.
inline std::int64_t loss_rows(std::string_view op, const LossInputs& in,
                              const LossNeeds& needs = {}) {
  const core::Shape& shape = in.prediction.shape();
  const core::DType dtype = in.prediction.value().dtype();
  core::require(
      op, shape == in.target.shape() && shape.rank() >= 1 && shape.numel() > 0,
      "prediction and target must have one shape with channels; got prediction {}, target {}",
      shape, in.target.shape());
  core::require(op, dtype == in.target.dtype(),
                "prediction and target must have one type; got prediction {}, target {}", dtype,
                in.target.dtype());
  if (needs.sensitivity) {
    core::require(op, in.sensitivity.shape() == shape && in.sensitivity.dtype() == dtype,
                  "a sensitivity like the target is needed; got sensitivity {} {}, target {} {}",
                  in.sensitivity.dtype(), in.sensitivity.shape(), dtype, shape);
  }
  if (needs.logits) {
    core::require(op, in.logits.has_value() && in.float_logits.numel() > 0,
                  "the logits of both networks are needed; got logits {}, float logits {}",
                  in.logits ? in.logits->shape().str() : "none", in.float_logits.shape());
    core::require(op, in.logits->shape() == in.float_logits.shape(),
                  "both networks must give logits of one shape; got logits {}, float logits {}",
                  in.logits->shape(), in.float_logits.shape());
  }
  if (needs.labels) {
    core::require(op, in.labels.shape() == core::Shape{in.logits->shape()[0]},
                  "a label a sample is needed; got labels {}, logits {}", in.labels.shape(),
                  in.logits->shape());
  }
  if (needs.layers) {
    core::require(op,
                  !in.layers.empty() && in.layers.size() == in.float_layers.size() &&
                      in.layers.size() == in.layer_weights.size(),
                  "both networks' layers and a weight each are needed; got {}, {} and {}",
                  in.layers.size(), in.float_layers.size(), in.layer_weights.size());
  }
  return shape.numel() / shape[-1];
}

}  // namespace quant
