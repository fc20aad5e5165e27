// TensorGroup: tensors of one kind that learn with an optimizer and a schedule of their own.
//
// An empty group learns nothing.  Its state is the tensors; that of the optimizer stays behind when
// they go back to an earlier one.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "nn/optim/paced_optimizer.h"
#include "quant/recipe/learn_recipe.h"

namespace quant {

class TensorGroup {
 public:
  TensorGroup() = default;
  TensorGroup(const LearnGroup& recipe, std::vector<core::Tensor> start)
      : TensorGroup(recipe.optimizer(), *recipe.schedule, std::move(start)) {}
  TensorGroup(std::unique_ptr<nn::Optimizer> optimizer, const nn::Schedule& schedule,
              std::vector<core::Tensor> start)
      : values_(std::move(start)), optimizer_(std::in_place, std::move(optimizer), schedule) {}

  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  core::Tensor& operator[](std::size_t i) { return values_[i]; }
  const core::Tensor& operator[](std::size_t i) const { return values_[i]; }

  /// One gradient a tensor.
  void step(std::span<const core::Tensor> grads, std::int64_t step, std::int64_t total) {
    if (empty()) return;
    std::vector<core::Tensor*> values;
    for (core::Tensor& t : values_) values.push_back(&t);
    optimizer_->step(values, grads, step, total);
  }
  void observe(double loss) {
    if (optimizer_) optimizer_->observe(loss);
  }
  void append_to(std::vector<core::Tensor>& state) const {
    state.insert(state.end(), values_.begin(), values_.end());
  }
  /// Takes its tensors from the front of `state`, which then begins behind them.
  void take_from(std::span<const core::Tensor>& state) {
    for (core::Tensor& t : values_) {
      t = state.front();
      state = state.subspan(1);
    }
  }

 private:
  std::vector<core::Tensor> values_;
  std::optional<nn::PacedOptimizer> optimizer_;
};

}  // namespace quant
