#include "core/kernels/softmax.h"

#include <cmath>
#include <limits>

#include "core/element.h"
#include "core/kernels/loops/lanes.h"
#include "core/kernels/loops/math.h"
#include "core/kernels/loops/odometer.h"
#include "core/kernels/loops/rows.h"
#include "core/system/threads.h"

namespace core {
namespace {

inline double exponential(double v) { return math::exp(v); }
inline simd::Lanes exponential(simd::Lanes v) {
  float lane[simd::kLanes];
  simd::write(lane, v);
  for (float& x : lane) x = math::exp(x);
  return simd::read(lane);
}

/// room = e^(scale * (x - top)) and zeros; its sum.
template <class E, class T>
inline double exponentials(const E* __restrict x, T scale, T top, T* __restrict room,
                           std::int64_t n) {
  constexpr T kLeast = -std::numeric_limits<T>::infinity();
  const std::int64_t width = room_width<E>(n);
  for_row<E>(n, [&](auto at) { at.to_room(room, (at(x, kLeast) - top) * scale); });
  for (std::int64_t i = 0; i < width; ++i) room[i] = math::exp(room[i]);
  return lane_sum(width, [&](auto at) { return at(room); });
}

template <class E, class T>
[[gnu::noinline]] void softmax_rows(const E* __restrict x, T scale, E* __restrict y,
                                    T* __restrict room, std::int64_t rows, std::int64_t n) {
  for (; rows > 0; --rows, x += n, y += n) {
    const T share = static_cast<T>(1.0 / exponentials(x, scale, lane_max(x, n), room, n));
    for_row<E>(n, [&](auto at) { at.put(y, at.from_room(room) * share); });
  }
}

template <class E, class T>
[[gnu::noinline]] void softmax_backward_rows(const E* __restrict dy, const E* __restrict y, T scale,
                                             E* __restrict dx, std::int64_t rows, std::int64_t n) {
  for (; rows > 0; --rows, dy += n, y += n, dx += n) {
    const T dot = static_cast<T>(lane_sum(n, [&](auto at) { return at(y) * at(dy); }));
    for_row<E>(n, [&](auto at) { at.put(dx, scale * at(y) * (at(dy) - dot)); });
  }
}

template <class E, class T>
[[gnu::noinline]] void log_softmax_rows(const E* __restrict x, E* __restrict y, T* __restrict room,
                                        std::int64_t rows, std::int64_t n) {
  for (; rows > 0; --rows, x += n, y += n) {
    const T top = lane_max(x, n);
    const T log_sum = static_cast<T>(std::log(exponentials(x, T(1), top, room, n)));
    // Two subtractions: x - top is exact near the top, where the result is small.
    for_row<E>(n, [&](auto at) { at.put(y, (at(x) - top) - log_sum); });
  }
}

template <class E>
[[gnu::noinline]] void log_softmax_backward_rows(const E* __restrict dy, const E* __restrict y,
                                                 E* __restrict dx, std::int64_t rows,
                                                 std::int64_t n) {
  for (; rows > 0; --rows, dy += n, y += n, dx += n) {
    const auto total = static_cast<Arithmetic<E>>(lane_sum(n, [&](auto at) { return at(dy); }));
    for_row<E>(n, [&](auto at) { at.put(dx, at(dy) - exponential(at(y)) * total); });
  }
}

/// fn(rows of x, rows of y, room for a row in between, rows, width) over all rows of the last axis.
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
      Tensor room = Tensor::empty({room_width<E>(n)}, arithmetic_type(x.dtype()));
      Arithmetic<E>* between = room.writable<Arithmetic<E>>().data();
      fn(from + begin * n, to + begin * n, between, end - begin, n);
    });
    return y;
  });
}

/// fn(rows of dy, rows of y, rows of dx, rows, width), y the forward result.
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
      fn(g + begin * n, v + begin * n, to + begin * n, end - begin, n);
    });
    return dx;
  });
}

}  // namespace

Tensor softmax(const Tensor& x, double scale) {
  require("softmax", scale > 0, "scale must be positive; got {}", scale);
  return by_row("softmax", x,
                [scale]<class E, class T>(const E* from, E* to, T* room, auto... size) {
                  softmax_rows(from, static_cast<T>(scale), to, room, size...);
                });
}

Tensor softmax_backward(const Tensor& dy, const Tensor& y, double scale) {
  return by_row_backward(
      "softmax_backward", dy, y, [scale]<class E>(const E* g, const E* v, E* dx, auto... size) {
        softmax_backward_rows(g, v, static_cast<Arithmetic<E>>(scale), dx, size...);
      });
}

Tensor log_softmax(const Tensor& x) {
  return by_row("log_softmax", x, [](auto... row) { log_softmax_rows(row...); });
}

Tensor log_softmax_backward(const Tensor& dy, const Tensor& y) {
  return by_row_backward("log_softmax_backward", dy, y,
                         [](auto... row) { log_softmax_backward_rows(row...); });
}

}  // namespace core
