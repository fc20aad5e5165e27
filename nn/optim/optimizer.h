// Optimizer: turns gradients into updates of a fixed list of tensors.
//
// State (moments, step count) is kept in the dtype of each tensor (f32 or f64), one entry a tensor,
// in the order of the list, and can be saved and restored by name for bit-exact resumption.
// Formulas follow PyTorch 1.13.  Updates run in place: hand over tensors that nothing else shares,
// or they are copied first.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/config/params.h"
#include "core/config/registry.h"
#include "core/tensor.h"

namespace nn {

class Optimizer {
 public:
  static constexpr std::string_view kind = "optimizer";
  virtual ~Optimizer() = default;

  /// values[i] -= update(grads[i]); the list must be the same at every step.  `lr` is the learning
  /// rate of this step (schedules live outside). throws: ShapeError when a shape or the length of
  /// the list differs from the first step.
  virtual void step(std::span<core::Tensor* const> values, std::span<const core::Tensor> grads,
                    double lr) = 0;

  /// Named state ("m.0", "v.0", "t"); empty before the first step.
  virtual std::map<std::string, core::Tensor> state() const = 0;
  /// throws: InputError for an unknown, missing or doubtful entry.
  virtual void load_state(const std::map<std::string, core::Tensor>& state) = 0;

  /// Learning rate from the configuration: what schedules scale.
  virtual double base_lr() const = 0;
};

}  // namespace nn
