#include "core/kernels/reduce.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/element.h"
#include "core/kernels/loops/columns.h"
#include "core/kernels/loops/lanes.h"
#include "core/kernels/loops/odometer.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kSumBlock = 16384;

/// acc[j] += sum over lines of x[line * stride + j], in double, four lines at a time.
template <class T>
[[gnu::noinline]] void add_lines(const T* __restrict x, std::int64_t lines, std::int64_t width,
                                 std::int64_t stride, double* __restrict acc) {
  std::int64_t l = 0;
  for (; l + 4 <= lines; l += 4, x += 4 * stride) {
    for (std::int64_t j = 0; j < width; ++j) {
      acc[j] += (static_cast<double>(load(x[j])) + static_cast<double>(load(x[stride + j]))) +
                (static_cast<double>(load(x[2 * stride + j])) +
                 static_cast<double>(load(x[3 * stride + j])));
    }
  }
  for (; l < lines; ++l, x += stride) {
    for (std::int64_t j = 0; j < width; ++j) acc[j] += static_cast<double>(load(x[j]));
  }
}

/// Sums `rows` contiguous rows of n elements.
template <class T>
void sum_rows(const T* x, std::int64_t rows, std::int64_t n, double* out) {
  const std::int64_t blocks = std::max<std::int64_t>(1, (n + kSumBlock - 1) / kSumBlock);
  Tensor partial;
  double* sums = out;
  if (blocks > 1) {
    partial = Tensor::empty(Shape{rows * blocks}, DType::f64);
    sums = partial.writable<double>().data();
  }
  parallel_for(
      rows * blocks, row_grain(std::min(n, kSumBlock)), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t first = i % blocks * kSumBlock;
          const T* from = x + i / blocks * n + first;
          sums[i] = lane_sum(std::min(kSumBlock, n - first), [&](auto at) { return at(from); });
        }
      });
  if (blocks == 1) return;
  for (std::int64_t r = 0; r < rows; ++r) {
    out[r] = 0;
    for (std::int64_t b = 0; b < blocks; ++b) out[r] += sums[r * blocks + b];
  }
}

/// (A, B, C) -> (A, C) in double.
template <class T>
void sum_middle(const T* x, std::int64_t a, std::int64_t b, std::int64_t c, double* out) {
  if (c == 1) {
    sum_rows(x, a, b, out);
    return;
  }
  column_sums<1>(
      a, b, c, out,
      [&](std::int64_t begin, std::int64_t, std::int64_t lines, std::int64_t width,
          std::int64_t stride, double* acc) { add_lines(x + begin, lines, width, stride, acc); });
}

/// Sums the axes marked in `reduced` away; the result holds the kept elements in order.
template <class T>
Tensor sum_marked(const Tensor& x, const std::array<bool, Shape::kMaxRank>& reduced,
                  const Shape& shape, DType result) {
  // Neighbouring axes of the same kind act as one; extents of 1 vanish.
  std::vector<std::pair<std::int64_t, bool>> groups;
  for (int i = 0; i < x.shape().rank(); ++i) {
    const bool mark = reduced[static_cast<std::size_t>(i)];
    if (x.shape()[i] == 1) continue;
    if (!groups.empty() && groups.back().second == mark)
      groups.back().first *= x.shape()[i];
    else
      groups.emplace_back(x.shape()[i], mark);
  }
  const auto is_marked = [](const auto& g) { return g.second; };
  if (std::none_of(groups.begin(), groups.end(), is_marked)) return x.reshape(shape).to(result);
  if (shape.numel() == 0 || x.numel() == 0) return Tensor::zeros(shape, result);
  Tensor sums;
  bool first = true;
  while (true) {  // one reduced group at a time, the last first
    const auto last = std::find_if(groups.rbegin(), groups.rend(), is_marked);
    if (last == groups.rend()) break;
    const std::size_t at = static_cast<std::size_t>(groups.rend() - last) - 1;
    std::int64_t a = 1, c = 1;
    for (std::size_t i = 0; i < at; ++i) a *= groups[i].first;
    for (std::size_t i = at + 1; i < groups.size(); ++i) c *= groups[i].first;
    Tensor next = Tensor::empty(Shape{a * c}, DType::f64);
    double* out = next.writable<double>().data();
    if (first)
      sum_middle(x.data<T>().data(), a, groups[at].first, c, out);
    else
      sum_middle(sums.data<double>().data(), a, groups[at].first, c, out);
    sums = next;
    first = false;
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return sums.to(result).reshape(shape);
}

template <class T>
[[gnu::noinline]] void copy_row(const T* __restrict x, std::int64_t step, T* __restrict y,
                                std::int64_t n) {
  if (step == 0)
    std::fill(y, y + n, *x);
  else
    std::copy(x, x + n, y);
}

/// True when a run holds NaN.
template <class T>
[[gnu::noinline]] bool has_nan(const T* __restrict x, std::int64_t n) {
  using Count = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  Count count = 0;
  for (std::int64_t i = 0; i < n; ++i) count += x[i] != x[i] ? 1u : 0u;
  return count > 0;
}

/// Number of elements whose exponent is all ones (infinity or NaN).
template <class T>
[[gnu::noinline]] std::int64_t count_special(const T* __restrict x, std::int64_t n) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const Bits mask = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits count = 0;
  for (std::int64_t i = 0; i < n; ++i)
    count += (std::bit_cast<Bits>(x[i]) & mask) == mask ? 1u : 0u;
  return static_cast<std::int64_t>(count);
}

/// The first index of the largest value; NaN is larger than everything.
template <class T>
std::int64_t argmax_row(const T* x, std::int64_t n) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n && x[best] == x[best]; ++i) {
    if (!(x[i] <= x[best])) best = i;
  }
  return best;
}

}  // namespace

Tensor sum(const Tensor& x, std::span<const int> axes, bool keep) {
  std::array<bool, Shape::kMaxRank> reduced{};
  for (const int axis : axes) {
    bool& mark = reduced[static_cast<std::size_t>(x.shape().axis(axis))];
    require("sum", !mark, "axes must differ; got axis {} twice, x {}", axis, x.shape());
    mark = true;
  }
  std::vector<std::int64_t> dims;
  for (int i = 0; i < x.shape().rank(); ++i) {
    if (!reduced[static_cast<std::size_t>(i)])
      dims.push_back(x.shape()[i]);
    else if (keep)
      dims.push_back(1);
  }
  const Shape shape{std::span<const std::int64_t>(dims)};
  return dispatch_element("sum", x.dtype(), [&]<class T>(T) {
    return sum_marked<T>(x, reduced, shape, arithmetic_type(x.dtype()));
  });
}

Tensor sum(const Tensor& x) {
  std::array<bool, Shape::kMaxRank> all{};
  all.fill(true);
  return dispatch_element("sum", x.dtype(), [&]<class T>(T) {
    return sum_marked<T>(x, all, Shape{}, arithmetic_type(x.dtype()));
  });
}

Tensor sum_to(const Tensor& x, const Shape& shape, DType dtype) {
  if (x.shape() == shape) return x.to(dtype);
  require("sum_to", broadcast("sum_to", x.shape(), shape) == x.shape(),
          "shape must broadcast to that of x; got x {}, shape {}", x.shape(), shape);
  std::array<bool, Shape::kMaxRank> reduced{};
  const int missing = x.shape().rank() - shape.rank();
  for (int i = 0; i < x.shape().rank(); ++i) {
    reduced[static_cast<std::size_t>(i)] =
        i < missing || (shape[i - missing] == 1 && x.shape()[i] != 1);
  }
  return dispatch_element("sum_to", x.dtype(),
                          [&]<class T>(T) { return sum_marked<T>(x, reduced, shape, dtype); });
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const BroadcastPlan plan = broadcast_plan("broadcast_to", x.shape(), shape);
  require("broadcast_to", plan.shape == shape, "x must stretch to the shape; got x {}, shape {}",
          x.shape(), shape);
  return dispatch_element("broadcast_to", x.dtype(), [&]<class T>(T) {
    Tensor y = Tensor::empty(shape, x.dtype());
    if (y.numel() == 0) return y;
    const T* from = x.data<T>().data();
    T* to = y.writable<T>().data();
    parallel_for(
        plan.rows.count(), row_grain(plan.width), [&](std::int64_t begin, std::int64_t end) {
          Walker walker(plan.rows, begin);
          for (std::int64_t r = begin; r < end; ++r, walker.next()) {
            copy_row(from + walker.offset[0], plan.step_a, to + r * plan.width, plan.width);
          }
        });
    return y;
  });
}

Tensor argmax_last(const Tensor& x) {
  require("argmax_last", x.shape().rank() >= 1 && x.shape()[-1] > 0,
          "the last axis must not be empty; got x {}", x.shape());
  const std::int64_t n = x.shape()[-1];
  const Shape shape(x.shape().dims().first(static_cast<std::size_t>(x.shape().rank() - 1)));
  Tensor y = Tensor::empty(shape, DType::s64);
  std::int64_t* to = y.writable<std::int64_t>().data();
  dispatch_float("argmax_last", x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>().data();
    parallel_for(shape.numel(), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) to[r] = argmax_row(from + r * n, n);
    });
  });
  return y;
}

MinMax min_max(const Tensor& x) {
  if (x.dtype() == DType::bf16) return min_max(x.to(DType::f32));
  require("min_max", x.numel() > 0, "tensor must not be empty; got x {}", x.shape());
  return dispatch_float("min_max", x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>().data();
    const std::int64_t n = x.numel(), blocks = (n + kSumBlock - 1) / kSumBlock;
    std::vector<MinMax> found(static_cast<std::size_t>(blocks));
    parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
        const T* run = from + b * kSumBlock;
        const std::int64_t count = std::min(kSumBlock, n - b * kSumBlock);
        found[static_cast<std::size_t>(b)] =
            has_nan(run, count) ? MinMax{kNan, kNan}
                                : MinMax{static_cast<double>(lane_min(run, count)),
                                         static_cast<double>(lane_max(run, count))};
      }
    });
    MinMax all = found[0];
    for (const MinMax& f : found) {
      if (std::isnan(f.min)) return f;
      all = {std::min(all.min, f.min), std::max(all.max, f.max)};
    }
    return all;
  });
}

bool all_finite(const Tensor& x) {
  if (x.dtype() == DType::bf16) return all_finite(x.to(DType::f32));
  return dispatch_float("all_finite", x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>().data();
    const std::int64_t n = x.numel(), blocks = (n + kSumBlock - 1) / kSumBlock;
    std::vector<std::int64_t> special(static_cast<std::size_t>(blocks));
    parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b) {
        special[static_cast<std::size_t>(b)] =
            count_special(from + b * kSumBlock, std::min(kSumBlock, n - b * kSumBlock));
      }
    });
    return std::all_of(special.begin(), special.end(), [](std::int64_t s) { return s == 0; });
  });
}

}  // namespace core
