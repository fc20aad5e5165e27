// Walk: an odometer over a few axes that yields one offset into each of two arrays, so that kernels
// with strides touch no division per element.  `broadcast_plan` reduces a broadcast of two shapes
// to the fewest axes: an outer Walk and one inner row whose strides are 0 or 1.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/shape.h"

namespace core {

/// Elements that make a piece of work worth a thread.
inline constexpr std::int64_t kGrain = 16384;
/// How many rows of `width` elements make a piece.
inline std::int64_t row_grain(std::int64_t width) {
  return width >= kGrain ? 1 : kGrain / (width + 1) + 1;
}

struct Walk {
  int rank = 0;
  std::array<std::int64_t, Shape::kMaxRank> extent{};
  std::array<std::array<std::int64_t, 2>, Shape::kMaxRank> stride{};

  std::int64_t count() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= extent[static_cast<std::size_t>(i)];
    return n;
  }
  /// Appends an inner axis, joined to the last one when both strides run on; extents of 1 vanish.
  void push(std::int64_t n, std::int64_t stride0, std::int64_t stride1) {
    if (n == 1) return;
    if (rank > 0) {
      const auto last = static_cast<std::size_t>(rank - 1);
      if (stride[last][0] == n * stride0 && stride[last][1] == n * stride1) {
        extent[last] *= n;
        stride[last] = {stride0, stride1};
        return;
      }
    }
    extent[static_cast<std::size_t>(rank)] = n;
    stride[static_cast<std::size_t>(rank++)] = {stride0, stride1};
  }
};

class Walker {
 public:
  Walker(const Walk& walk, std::int64_t index) : walk_(walk) {
    for (int i = walk.rank - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      at_[k] = index % walk.extent[k];
      index /= walk.extent[k];
      for (std::size_t s = 0; s < 2; ++s) offset[s] += at_[k] * walk.stride[k][s];
    }
  }
  void next() {
    for (int i = walk_.rank - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      const bool wraps = ++at_[k] == walk_.extent[k];
      const std::int64_t steps = wraps ? 1 - walk_.extent[k] : 1;
      for (std::size_t s = 0; s < 2; ++s) offset[s] += steps * walk_.stride[k][s];
      if (!wraps) return;
      at_[k] = 0;
    }
  }
  std::array<std::int64_t, 2> offset{};

 private:
  const Walk& walk_;
  std::array<std::int64_t, Shape::kMaxRank> at_{};
};

struct BroadcastPlan {
  Shape shape;             // of the result
  Walk rows;               // outer axes: offsets into a and b of each row of the result
  std::int64_t width = 1;  // extent of a row
  std::int64_t step_a = 1, step_b = 1;  // 0 where the operand is constant along the row
};

inline BroadcastPlan broadcast_plan(std::string_view op, const Shape& a, const Shape& b) {
  BroadcastPlan plan;
  plan.shape = broadcast(op, a, b);
  const int rank = plan.shape.rank();
  std::array<std::array<std::int64_t, 2>, Shape::kMaxRank> strides{};
  for (std::size_t s = 0; s < 2; ++s) {
    const Shape& shape = s == 0 ? a : b;
    std::int64_t step = 1;
    for (int i = 1; i <= shape.rank(); ++i) {
      strides[static_cast<std::size_t>(rank - i)][s] = shape[-i] == 1 ? 0 : step;
      step *= shape[-i];
    }
  }
  for (int i = 0; i < rank; ++i) {
    const auto& [stride_a, stride_b] = strides[static_cast<std::size_t>(i)];
    plan.rows.push(plan.shape[i], stride_a, stride_b);
  }
  if (plan.rows.rank > 0) {
    const auto last = static_cast<std::size_t>(--plan.rows.rank);
    plan.width = plan.rows.extent[last];
    plan.step_a = plan.rows.stride[last][0];
    plan.step_b = plan.rows.stride[last][1];
  }
  return plan;
}

}  // namespace core
