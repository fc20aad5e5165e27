#include <algorithm>
#include <cmath>
#include <utility>

#include "core/element.h"
#include "core/kernels/loops/math.h"
#include "core/kernels/loops/normal.h"
#include "core/kernels/loops/odometer.h"
#include "core/kernels/map.h"
#include "core/system/threads.h"

namespace core {
namespace {

// Free functions over restrict pointers, kept out of line: inside a parallel region g++ loses the
// no-alias facts and leaves the loops scalar.
template <class Fn, class E>
[[gnu::noinline]] void apply(const E* __restrict x, E* __restrict y, std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = store<E>(fn(load(x[i])));
}
/// Turns d from dy into dx.
template <class Fn, class E>
[[gnu::noinline]] void turn(const E* __restrict x, E* __restrict d, std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) d[i] = store<E>(fn(load(d[i]), load(x[i])));
}

constexpr std::int64_t kTurnRun = 2048;  // elements that stay in the first cache

template <class Fn>
Tensor unary(std::string_view op, const Tensor& x, Fn fn) {
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    const E* from = x.data<E>().data();
    E* to = y.writable<E>().data();
    parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      apply(from + begin, to + begin, end - begin, fn);
    });
    return y;
  });
}

template <class Fn>
Tensor backward(std::string_view op, Tensor dy, const Tensor& x, Fn fn) {
  require(op, dy.shape() == x.shape() && dy.dtype() == x.dtype(),
          "gradient and input must agree; got dy {} {}, x {} {}", dy.dtype(), dy.shape(), x.dtype(),
          x.shape());
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    const E* from = dy.data<E>().data();
    Tensor dx = taken_over(std::move(dy));
    const E* at_x = x.data<E>().data();
    E* to = dx.writable<E>().data();
    parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin; at < end; at += kTurnRun) {
        const std::int64_t n = std::min(kTurnRun, end - at);
        if (from != to) std::copy_n(from + at, n, to + at);
        turn(at_x + at, to + at, n, fn);
      }
    });
    return dx;
  });
}

template <class T>
T sign_of(T x) {
  return x > T(0) ? T(1) : (x < T(0) ? T(-1) : x);
}

}  // namespace

Tensor affine(const Tensor& x, double a, double b) {
  return unary("affine", x,
               [a, b]<class T>(T v) { return static_cast<T>(a) * v + static_cast<T>(b); });
}

Tensor relu(const Tensor& x) {
  return unary("relu", x, []<class T>(T v) { return v < T(0) ? T(0) : v; });
}
Tensor relu_backward(Tensor dy, const Tensor& y) {
  return backward("relu_backward", std::move(dy), y,
                  []<class T>(T g, T v) { return v > T(0) ? g : T(0); });
}

Tensor gelu(const Tensor& x) {
  return unary("gelu", x, []<class T>(T v) { return v * math::normal(v).cdf; });
}
Tensor gelu_backward(Tensor dy, const Tensor& x) {
  return backward("gelu_backward", std::move(dy), x, []<class T>(T g, T v) {
    const math::Normal<T> n = math::normal(v);
    return g * (n.cdf + v * n.pdf);
  });
}

Tensor sigmoid(const Tensor& x) {
  return unary("sigmoid", x, []<class T>(T v) { return math::sigmoid(v); });
}
Tensor exp(const Tensor& x) {
  return unary("exp", x, []<class T>(T v) { return math::exp(v); });
}
Tensor log(const Tensor& x) {
  return unary("log", x, []<class T>(T v) { return math::log(v); });
}
Tensor sqrt(const Tensor& x) {
  return unary("sqrt", x, []<class T>(T v) { return std::sqrt(v); });
}
Tensor abs(const Tensor& x) {
  return unary("abs", x, []<class T>(T v) { return std::abs(v); });
}
Tensor sign(const Tensor& x) {
  return unary("sign", x, []<class T>(T v) { return sign_of(v); });
}

Tensor abs_pow(const Tensor& x, double p) {
  require("abs_pow", p > 0 && std::isfinite(p), "exponent must be positive and finite; got {}", p);
  if (p == 1) return abs(x);
  if (p == 2) return unary("abs_pow", x, []<class T>(T v) { return v * v; });
  if (p == 3) return unary("abs_pow", x, []<class T>(T v) { return std::abs(v) * (v * v); });
  if (p == 4) return unary("abs_pow", x, []<class T>(T v) { return (v * v) * (v * v); });
  return unary("abs_pow", x,
               [p]<class T>(T v) { return math::pow(std::abs(v), static_cast<T>(p)); });
}

Tensor abs_pow_backward(Tensor dy, const Tensor& x, double p) {
  constexpr std::string_view op = "abs_pow_backward";
  require(op, p > 0 && std::isfinite(p), "exponent must be positive and finite; got {}", p);
  if (p == 1)
    return backward(op, std::move(dy), x, []<class T>(T g, T v) { return g * sign_of(v); });
  if (p == 2)
    return backward(op, std::move(dy), x, []<class T>(T g, T v) { return g * (T(2) * v); });
  if (p == 3)
    return backward(op, std::move(dy), x,
                    []<class T>(T g, T v) { return g * (T(3) * v * std::abs(v)); });
  if (p == 4)
    return backward(op, std::move(dy), x,
                    []<class T>(T g, T v) { return g * (T(4) * v * (v * v)); });
  return backward(op, std::move(dy), x, [p]<class T>(T g, T v) {
    const T slope = static_cast<T>(p) * math::pow(std::abs(v), static_cast<T>(p - 1));
    return v == T(0) ? T(0) : g * std::copysign(slope, v);
  });
}

Tensor clamp(const Tensor& x, double lo, double hi) {
  require("clamp", lo <= hi, "lower limit must not exceed the upper; got {} and {}", lo, hi);
  return unary("clamp", x, [lo, hi]<class T>(T v) {
    const T low = static_cast<T>(lo), high = static_cast<T>(hi);
    return v < low ? low : (v > high ? high : v);
  });
}
Tensor clamp_backward(Tensor dy, const Tensor& x, double lo, double hi) {
  require("clamp_backward", lo <= hi, "lower limit must not exceed the upper; got {} and {}", lo,
          hi);
  return backward("clamp_backward", std::move(dy), x, [lo, hi]<class T>(T g, T v) {
    return (v >= static_cast<T>(lo)) & (v <= static_cast<T>(hi)) ? g : T(0);
  });
}

Tensor round(const Tensor& x) {
  return unary("round", x, []<class T>(T v) { return std::nearbyint(v); });
}
Tensor floor(const Tensor& x) {
  return unary("floor", x, []<class T>(T v) { return std::floor(v); });
}
Tensor step(const Tensor& x, double threshold) {
  return unary("step", x,
               [threshold]<class T>(T v) { return v >= static_cast<T>(threshold) ? T(1) : T(0); });
}

}  // namespace core
