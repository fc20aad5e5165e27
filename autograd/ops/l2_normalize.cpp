#include "autograd/ops/l2_normalize.h"

#include <cmath>

#include "core/kernels/loops/lanes.h"
#include "core/kernels/loops/odometer.h"
#include "core/system/threads.h"

namespace autograd {
namespace {

/// fn(row number, offset of its first element) for every row of the last axis.
template <class Fn>
void by_row(const core::Shape& shape, Fn fn) {
  const std::int64_t n = shape[-1], rows = n == 0 ? 0 : shape.numel() / n;
  core::parallel_for(rows, core::row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) fn(static_cast<std::size_t>(r), r * n);
  });
}

}  // namespace

Variable l2_normalize(const Variable& x) {
  const core::Shape shape = x.shape();
  core::require("l2_normalize", shape.rank() >= 1 && shape[-1] > 0,
                "x must have rows with elements; got x {}", shape);
  const std::int64_t n = shape[-1];
  core::Tensor y = core::Tensor::empty(shape, x.value().dtype());
  std::vector<double> inverse(static_cast<std::size_t>(shape.numel() / n));
  core::dispatch_float("l2_normalize", y.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* from = x.value().data<T>().data();
    T* to = y.writable<T>().data();
    by_row(shape, [&](std::size_t r, std::int64_t first) {
      const T* row = from + first;
      const double square = core::lane_sum(n, [&](auto at) { return at(row) * at(row); });
      inverse[r] = square == 0 ? 0.0 : 1.0 / std::sqrt(square);
      const T k = static_cast<T>(inverse[r]);
      for (std::int64_t i = 0; i < n; ++i) to[first + i] = k * row[i];
    });
  });
  return record("l2_normalize", y, {x}, [y, inverse, n](const core::Tensor& dy, GradSlots& slots) {
    if (!slots.wants(0)) return;
    core::Tensor dx = core::Tensor::empty(y.shape(), y.dtype());
    core::dispatch_float("l2_normalize", y.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const T *values = y.data<T>().data(), *gradient = dy.data<T>().data();
      T* to = dx.writable<T>().data();
      by_row(y.shape(), [&](std::size_t r, std::int64_t first) {
        const T *v = values + first, *g = gradient + first;
        const T dot = static_cast<T>(core::lane_sum(n, [&](auto at) { return at(v) * at(g); }));
        const T k = static_cast<T>(inverse[r]);
        for (std::int64_t i = 0; i < n; ++i) to[first + i] = k * (g[i] - v[i] * dot);
      });
    });
    slots.add(0, std::move(dx));
  });
}

}  // namespace autograd
