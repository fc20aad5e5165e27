// GradientSum: what has come in so far for the gradient of one variable, from all of its users.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace autograd {

class GradientSum {
 public:
  bool empty() const { return !sum_ && pieces_.empty(); }
  /// `grad` has the shape and dtype of the variable's value.
  void add(core::Tensor grad);
  /// Adds to rows of the first axis.
  void add_rows(std::int64_t begin, core::Tensor grad);
  /// The sum, zero where nothing came in; shape and dtype are the value's.
  const core::Tensor& whole(const core::Shape& shape, core::DType dtype);
  /// The same; leaves an empty one, so that the memory is the caller's.
  core::Tensor take(const core::Shape& shape, core::DType dtype);

 private:
  struct Piece {
    std::int64_t begin;
    core::Tensor rows;
  };
  std::optional<core::Tensor> sum_;
  std::vector<Piece> pieces_;  // not in the sum: slices of a value usually join to a whole
};

}  // namespace autograd
