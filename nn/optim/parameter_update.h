// What optimizers share: the options that all of them read, and per-tensor state with its checks.
//
// An optimizer owns a Slots, calls begin_step first and then updates each tensor in place.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/optim/optimizer.h"

namespace nn {

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

/// How much of a running average is kept at a step: an option in [0, 1).
double keep_option(core::Params& params, std::string_view key, double fallback,
                   const std::string& source);

/// The `eps` option: what keeps a denominator away from 0.
double eps_option(core::Params& params, double fallback, const std::string& source);

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
