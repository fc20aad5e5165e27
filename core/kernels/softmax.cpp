#include "core/kernels/softmax.h"

#include <cmath>

#include "core/kernels/element.h"
#include "core/kernels/lanes.h"
#include "core/kernels/math.h"
#include "core/kernels/walk.h"
#include "core/threads.h"

namespace core {
namespace {

template <class T>
[[gnu::noinline]] void exp_shifted(const T* __restrict x, T shift, T* __restrict y,
                                   std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = math::exp(x[i] - shift);
}
template <class T>
[[gnu::noinline]] void scale_in_place(T* y, T a, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] *= a;
}
template <class T>
[[gnu::noinline]] void subtract(const T* __restrict x, T shift, T* __restrict y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] - shift;
}

template <class T>
void softmax_row(const T* x, T* y, std::int64_t n) {
  exp_shifted(x, lane_max(x, n), y, n);
  const double sum = lane_sum(n, [&](auto at) { return at(y); });
  scale_in_place(y, static_cast<T>(1.0 / sum), n);
}

template <class T>
[[gnu::noinline]] void softmax_backward_row(const T* __restrict dy, const T* __restrict y,
                                            T* __restrict dx, std::int64_t n) {
  const T dot = static_cast<T>(lane_sum(n, [&](auto at) { return at(y) * at(dy); }));
  for (std::int64_t i = 0; i < n; ++i) dx[i] = y[i] * (dy[i] - dot);
}

template <class T>
void log_softmax_row(const T* x, T* y, std::int64_t n) {
  const T top = lane_max(x, n);
  exp_shifted(x, top, y, n);
  const double sum = lane_sum(n, [&](auto at) { return at(y); });
  // Two subtractions: x - top is exact near the top, where the result is small.
  subtract(x, top, y, n);
  const T log_sum = static_cast<T>(std::log(sum));
  for (std::int64_t i = 0; i < n; ++i) y[i] -= log_sum;
}

template <class T>
[[gnu::noinline]] void log_softmax_backward_row(const T* __restrict dy, const T* __restrict y,
                                                T* __restrict dx, std::int64_t n) {
  const T total = static_cast<T>(lane_sum(n, [&](auto at) { return at(dy); }));
  for (std::int64_t i = 0; i < n; ++i) dx[i] = dy[i] - math::exp(y[i]) * total;
}

/// y = fn(row of x) for every row of the last axis.
template <class Fn>
Tensor by_row(std::string_view op, const Tensor& x, Fn fn) {
  require(op, x.shape().rank() >= 1, "rank must be at least 1; got x {}", x.shape());
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    if (x.numel() == 0) return y;
    const std::int64_t n = x.shape()[-1];
    const E* from = x.data<E>().data();
    E* to = y.writable<E>().data();
    parallel_for(x.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      RowReader<E> reader(n);
      RowWriter<E> writer(n);
      for (std::int64_t r = begin; r < end; ++r) {
        fn(reader(from + r * n), writer.room(to + r * n), n);
        writer.write(to + r * n);
      }
    });
    return y;
  });
}

/// dx = fn(row of dy, row of y), y the forward result.
template <class Fn>
Tensor by_row_backward(std::string_view op, const Tensor& dy, const Tensor& y, Fn fn) {
  require(op, dy.shape() == y.shape() && dy.dtype() == y.dtype(),
          "gradient and output must agree; got dy {} {}, y {} {}", dy.dtype(), dy.shape(),
          y.dtype(), y.shape());
  require(op, dy.shape().rank() >= 1, "rank must be at least 1; got dy {}", dy.shape());
  return dispatch_element(op, dy.dtype(), [&]<class E>(E) {
    Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
    if (dy.numel() == 0) return dx;
    const std::int64_t n = dy.shape()[-1];
    const E *g = dy.data<E>().data(), *v = y.data<E>().data();
    E* to = dx.writable<E>().data();
    parallel_for(dy.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      RowReader<E> g_row(n), v_row(n);
      RowWriter<E> writer(n);
      for (std::int64_t r = begin; r < end; ++r) {
        fn(g_row(g + r * n), v_row(v + r * n), writer.room(to + r * n), n);
        writer.write(to + r * n);
      }
    });
    return dx;
  });
}

}  // namespace

Tensor softmax(const Tensor& x) {
  return by_row("softmax", x,
                []<class T>(const T* from, T* to, std::int64_t n) { softmax_row(from, to, n); });
}

Tensor softmax_backward(const Tensor& dy, const Tensor& y) {
  return by_row_backward("softmax_backward", dy, y,
                         []<class T>(const T* g, const T* v, T* dx, std::int64_t n) {
                           softmax_backward_row(g, v, dx, n);
                         });
}

Tensor log_softmax(const Tensor& x) {
  return by_row("log_softmax", x, []<class T>(const T* from, T* to, std::int64_t n) {
    log_softmax_row(from, to, n);
  });
}

Tensor log_softmax_backward(const Tensor& dy, const Tensor& y) {
  return by_row_backward("log_softmax_backward", dy, y,
                         []<class T>(const T* g, const T* v, T* dx, std::int64_t n) {
                           log_softmax_backward_row(g, v, dx, n);
                         });
}

}  // namespace core
