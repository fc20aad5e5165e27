#include <algorithm>

#include "core/element.h"
#include "core/kernels/loops/odometer.h"
#include "core/kernels/map.h"
#include "core/system/threads.h"

namespace core {
namespace {

// The inner loops stand in free functions over restrict pointers, one for each pair of row steps:
// inside a lambda g++ loses the no-alias facts and leaves them scalar.  A and B are the elements of
// the operands, the result has those of a.
template <class Fn, class A, class B>
[[gnu::noinline]] void row_both(const A* __restrict a, const B* __restrict b, A* __restrict y,
                                std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = store<A>(fn(load(a[i]), load(b[i])));
}
template <class Fn, class A>
[[gnu::noinline]] void row_scalar_b(const A* __restrict a, Arithmetic<A> b, A* __restrict y,
                                    std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = store<A>(fn(load(a[i]), b));
}
template <class Fn, class A, class B>
[[gnu::noinline]] void row_scalar_a(Arithmetic<A> a, const B* __restrict b, A* __restrict y,
                                    std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = store<A>(fn(a, load(b[i])));
}

template <class Fn, class A, class B>
void row(const A* a, std::int64_t step_a, const B* b, std::int64_t step_b, A* y, std::int64_t n,
         Fn fn) {
  if (step_a == 0)
    row_scalar_a(load(*a), b, y, n, fn);
  else if (step_b == 0)
    row_scalar_b(a, load(*b), y, n, fn);
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

/// A short vector against many rows (a bias): repeats it so that the inner loop is long, and calls
/// fn(line, first element, count) for pieces of all rows.
template <class V, class Fn>
void by_lines(const BroadcastPlan& plan, const V* vector, Fn fn) {
  const std::int64_t rows = plan.rows.count(), width = plan.width, fold = 2 * kShortRow / width;
  V line[2 * kShortRow];
  for (std::int64_t i = 0; i < fold; ++i) std::copy(vector, vector + width, line + i * width);
  parallel_for(rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; r += fold)
      fn(line, r * width, std::min(fold, end - r) * width);
  });
}

template <class Fn, class A, class B>
void run(const BroadcastPlan& plan, const A* a, const B* b, A* y, Fn fn) {
  const std::int64_t rows = plan.rows.count(), width = plan.width;
  if (rows == 1) {  // same shapes, or one operand is a scalar
    parallel_for(width, kGrain, [&](std::int64_t begin, std::int64_t end) {
      row(a + begin * plan.step_a, plan.step_a, b + begin * plan.step_b, plan.step_b, y + begin,
          end - begin, fn);
    });
    return;
  }
  if (repeats(plan, 0)) {
    return by_lines(plan, a, [=](const A* line, std::int64_t at, std::int64_t n) {
      row_both(line, b + at, y + at, n, fn);
    });
  }
  if (repeats(plan, 1)) {
    return by_lines(plan, b, [=](const B* line, std::int64_t at, std::int64_t n) {
      row_both(a + at, line, y + at, n, fn);
    });
  }
  parallel_for(rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    Walker walker(plan.rows, begin);
    for (std::int64_t r = begin; r < end; ++r, walker.next()) {
      row(a + walker.offset[0], plan.step_a, b + walker.offset[1], plan.step_b, y + r * width,
          width, fn);
    }
  });
}

template <class A, class B, class Fn>
Tensor typed(const BroadcastPlan& plan, const Tensor& a, const Tensor& b, Fn fn) {
  Tensor y = Tensor::empty(plan.shape, a.dtype());
  if (y.numel() > 0) run(plan, a.data<A>().data(), b.data<B>().data(), y.writable<A>().data(), fn);
  return y;
}

template <class Fn>
Tensor binary(std::string_view op, const Tensor& a, const Tensor& b, Fn fn) {
  const bool parameter = a.dtype() == DType::bf16 && b.dtype() == DType::f32;
  require(op, a.dtype() == b.dtype() || parameter,
          "dtypes must agree, or a be bf16 and b f32; got a {} {}, b {} {}", a.dtype(), a.shape(),
          b.dtype(), b.shape());
  const BroadcastPlan plan = broadcast_plan(op, a.shape(), b.shape());
  if (parameter) return typed<bf16, float>(plan, a, b, fn);
  return dispatch_element(op, a.dtype(), [&]<class E>(E) { return typed<E, E>(plan, a, b, fn); });
}

template <class E>
[[gnu::noinline]] void row_accumulate(E* __restrict y, const E* __restrict x, Arithmetic<E> a,
                                      std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = store<E>(load(y[i]) + a * load(x[i]));
}

/// The elements of y from `first` on += a * x.
void accumulate_from(Tensor& y, std::int64_t first, const Tensor& x, double a) {
  const Tensor source = x;  // keeps the storage shared when x and y are one, so that y detaches
  dispatch_element("accumulate", y.dtype(), [&]<class E>(E) {
    E* to = y.writable<E>().data() + first;
    const E* from = source.data<E>().data();
    parallel_for(source.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      row_accumulate(to + begin, from + begin, static_cast<Arithmetic<E>>(a), end - begin);
    });
  });
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
  accumulate_from(y, 0, x, a);
}

void accumulate_rows(Tensor& y, std::int64_t begin, const Tensor& x) {
  const bool rows = y.dtype() == x.dtype() && y.shape().rank() >= 1 && x.shape().rank() >= 1 &&
                    x.shape() == y.shape().with(0, x.shape()[0]) && begin >= 0 &&
                    begin <= y.shape()[0] - x.shape()[0];
  require("accumulate_rows", rows, "x must be rows of y; got x {} {} from row {}, y {} {}",
          x.dtype(), x.shape(), begin, y.dtype(), y.shape());
  if (x.numel() > 0) accumulate_from(y, begin * (x.numel() / x.shape()[0]), x, 1.0);
}

}  // namespace core
