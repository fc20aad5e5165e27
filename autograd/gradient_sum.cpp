#include "autograd/gradient_sum.h"

#include <algorithm>
#include <utility>

#include "core/kernels/map.h"
#include "core/kernels/move.h"

namespace autograd {

void GradientSum::add(core::Tensor grad) {
  if (sum_) {
    core::accumulate(*sum_, grad);
  } else {
    sum_ = std::move(grad);
  }
}

void GradientSum::add_rows(std::int64_t begin, core::Tensor grad) {
  pieces_.push_back({begin, std::move(grad)});
}

const core::Tensor& GradientSum::whole(const core::Shape& shape, core::DType dtype) {
  if (!sum_ && !pieces_.empty()) {
    std::stable_sort(pieces_.begin(), pieces_.end(),
                     [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    std::vector<core::Tensor> parts;
    std::int64_t end = 0;
    for (const Piece& piece : pieces_) {
      if (piece.begin != end) break;
      end += piece.rows.shape()[0];
      parts.push_back(piece.rows);
    }
    if (parts.size() == pieces_.size() && end == shape[0]) {
      sum_ = core::concat(parts, 0);
      pieces_.clear();
    }
  }
  if (!sum_) sum_ = core::Tensor::zeros(shape, dtype);
  for (const Piece& piece : pieces_) core::accumulate_rows(*sum_, piece.begin, piece.rows);
  pieces_.clear();
  return *sum_;
}

core::Tensor GradientSum::take(const core::Shape& shape, core::DType dtype) {
  whole(shape, dtype);
  core::Tensor sum = *std::move(sum_);
  sum_.reset();
  return sum;
}

}  // namespace autograd
