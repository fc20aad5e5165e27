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
#include <vector>

#include "core/params.h"
#include "core/registry.h"
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

/// The options `weight_decay` and `decay_rank1`.  Biases and normalisation parameters are the
/// tensors of rank 1; PyTorch decays them too unless the caller makes groups, which is what
/// `decay_rank1: false` stands for.
struct WeightDecay {
  double rate;
  bool rank1;

  WeightDecay(core::Params& params, double default_rate);
  double of(const core::Tensor& value) const {
    return rank1 || value.shape().rank() != 1 ? rate : 0.0;
  }
};

/// The `lr` option.
double lr_option(core::Params& params, double fallback);

/// Per-tensor state of an optimizer: named slots of tensors shaped as the values, zero at first,
/// and the number of steps taken.
class Slots {
 public:
  explicit Slots(std::vector<std::string> names)
      : names_(std::move(names)), tensors_(names_.size()) {}

  /// Checks the lists against each other and the first step, makes the slots at the first step,
  /// counts the step.
  void begin_step(std::string_view op, std::span<core::Tensor* const> values,
                  std::span<const core::Tensor> grads);
  core::Tensor& at(std::size_t slot, std::size_t i) { return tensors_[slot][i]; }
  std::int64_t steps() const { return steps_; }

  std::map<std::string, core::Tensor> state() const;
  void load(const std::map<std::string, core::Tensor>& state);

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<core::Tensor>> tensors_;  // [slot][tensor]
  std::vector<core::Shape> shapes_;                 // of the first step
  std::int64_t steps_ = 0;
};

}  // namespace nn
