#include <algorithm>

#include "core/kernels/map.h"
#include "core/kernels/walk.h"
#include "core/threads.h"

namespace core {
namespace {

// The inner loops stand in free functions over restrict pointers, one for each pair of row steps:
// inside a lambda g++ loses the no-alias facts and leaves them scalar.
template <class Fn, class T>
[[gnu::noinline]] void row_both(const T* __restrict a, const T* __restrict b, T* __restrict y,
                                std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn(a[i], b[i]);
}
template <class Fn, class T>
[[gnu::noinline]] void row_scalar_b(const T* __restrict a, T b, T* __restrict y, std::int64_t n,
                                    Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn(a[i], b);
}
template <class Fn, class T>
[[gnu::noinline]] void row_scalar_a(T a, const T* __restrict b, T* __restrict y, std::int64_t n,
                                    Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn(a, b[i]);
}

template <class Fn, class T>
void row(const T* a, std::int64_t step_a, const T* b, std::int64_t step_b, T* y, std::int64_t n,
         Fn fn) {
  if (step_a == 0)
    row_scalar_a(*a, b, y, n, fn);
  else if (step_b == 0)
    row_scalar_b(a, *b, y, n, fn);
  else
    row_both(a, b, y, n, fn);
}

constexpr std::int64_t kShortRow = 256;

/// True when the whole result is rows of `width` against one row of `pass` (0: a, 1: b) that
/// repeats.
bool repeats(const BroadcastPlan& plan, std::size_t pass) {
  const std::size_t other = 1 - pass;
  return plan.rows.rank == 1 && plan.step_a == 1 && plan.step_b == 1 &&
         plan.rows.stride[0][pass] == 0 && plan.rows.stride[0][other] == plan.width &&
         plan.width < kShortRow;
}

template <class Fn, class T>
void run(const BroadcastPlan& plan, const T* a, const T* b, T* y, Fn fn) {
  const std::int64_t rows = plan.rows.count(), width = plan.width;
  if (rows == 1) {  // same shapes, or one operand is a scalar
    parallel_for(width, kGrain, [&](std::int64_t begin, std::int64_t end) {
      row(a + begin * plan.step_a, plan.step_a, b + begin * plan.step_b, plan.step_b, y + begin,
          end - begin, fn);
    });
    return;
  }
  for (const std::size_t pass : {std::size_t{0}, std::size_t{1}}) {
    if (!repeats(plan, pass)) continue;
    // A short vector against many rows (a bias): repeat it so that the inner loop is long.
    const std::int64_t fold = 2 * kShortRow / width;
    T line[2 * kShortRow];
    const T* vector = pass == 0 ? a : b;
    for (std::int64_t i = 0; i < fold; ++i) std::copy(vector, vector + width, line + i * width);
    parallel_for(rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; r += fold) {
        const std::int64_t at = r * width, n = std::min(fold, end - r) * width;
        if (pass == 0)
          row_both<Fn, T>(line, b + at, y + at, n, fn);
        else
          row_both<Fn, T>(a + at, line, y + at, n, fn);
      }
    });
    return;
  }
  parallel_for(rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    Walker walker(plan.rows, begin);
    for (std::int64_t r = begin; r < end; ++r, walker.next()) {
      row(a + walker.offset[0], plan.step_a, b + walker.offset[1], plan.step_b, y + r * width,
          width, fn);
    }
  });
}

template <class Fn>
Tensor binary(std::string_view op, const Tensor& a, const Tensor& b, Fn fn) {
  require(op, a.dtype() == b.dtype(), "dtypes must agree; got a {} {}, b {} {}", a.dtype(),
          a.shape(), b.dtype(), b.shape());
  return dispatch_float(op, a.dtype(), [&]<class T>(T) {
    const BroadcastPlan plan = broadcast_plan(op, a.shape(), b.shape());
    Tensor y = Tensor::empty(plan.shape, a.dtype());
    if (y.numel() > 0)
      run(plan, a.data<T>().data(), b.data<T>().data(), y.writable<T>().data(), fn);
    return y;
  });
}

template <class T>
[[gnu::noinline]] void row_accumulate(T* __restrict y, const T* __restrict x, T a, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += a * x[i];
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  return binary("add", a, b, [](auto x, auto y) { return x + y; });
}
Tensor sub(const Tensor& a, const Tensor& b) {
  return binary("sub", a, b, [](auto x, auto y) { return x - y; });
}
Tensor mul(const Tensor& a, const Tensor& b) {
  return binary("mul", a, b, [](auto x, auto y) { return x * y; });
}
Tensor div(const Tensor& a, const Tensor& b) {
  return binary("div", a, b, [](auto x, auto y) { return x / y; });
}

Tensor add_relu(const Tensor& a, const Tensor& b) {
  require("add_relu", a.shape() == b.shape(), "shapes must agree; got a {}, b {}", a.shape(),
          b.shape());
  return binary("add_relu", a, b, []<class T>(T x, T y) {
    const T s = x + y;
    return s < T(0) ? T(0) : s;
  });
}

void accumulate(Tensor& y, const Tensor& x, double a) {
  require("accumulate", y.shape() == x.shape() && y.dtype() == x.dtype(),
          "shapes and dtypes must agree; got y {} {}, x {} {}", y.dtype(), y.shape(), x.dtype(),
          x.shape());
  const Tensor source = x;  // keeps the storage shared when x and y are one, so that y detaches
  dispatch_float("accumulate", y.dtype(), [&]<class T>(T) {
    T* to = y.writable<T>().data();
    const T* from = source.data<T>().data();
    parallel_for(y.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      row_accumulate(to + begin, from + begin, static_cast<T>(a), end - begin);
    });
  });
}

}  // namespace core
