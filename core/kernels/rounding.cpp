#include "core/kernels/rounding.h"

#include <cmath>
#include <limits>

#include "core/kernels/loops/lanes.h"
#include "core/kernels/loops/math.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kBlock = 1 << 14;

template <class T>
constexpr T kSlack = T(8) * std::numeric_limits<T>::epsilon();

// Out of line and over restrict pointers: inside a parallel region g++ loses the no-alias facts and
// leaves the loops scalar.
template <class T, class Fn>
[[gnu::noinline]] void apply(const T* __restrict x, T* __restrict y, std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn(x[i]);
}
template <class T, class Fn>
[[gnu::noinline]] void apply(const T* __restrict a, const T* __restrict b, T* __restrict y,
                             std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn(a[i], b[i]);
}
template <class T, class Fn>
[[gnu::noinline]] void apply(const T* __restrict a, const T* __restrict b, const T* __restrict c,
                             T* __restrict y, std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = fn(a[i], b[i], c[i]);
}

void check_weights(const Tensor& h, const Tensor& w, const Tensor& scale, const Tensor& zero) {
  require("soft_round", h.shape() == w.shape() && h.dtype() == w.dtype(),
          "h must match w; got h {} {}, w {} {}", h.dtype(), h.shape(), w.dtype(), w.shape());
  require("soft_round", scale.dtype() == w.dtype() && zero.dtype() == w.dtype(),
          "scale and zero must have the dtype of w; got scale {}, zero {}, w {}", scale.dtype(),
          zero.dtype(), w.dtype());
  require("soft_round",
          scale.numel() == 1 || (scale.shape().rank() == 1 && w.shape().rank() >= 1 &&
                                 scale.shape()[0] == w.shape()[0]),
          "scale must have one element or the first extent of w; got scale {}, w {}", scale.shape(),
          w.shape());
  require("soft_round", zero.shape() == scale.shape(),
          "zero must have the shape of scale; got {}, {}", zero.shape(), scale.shape());
}

/// fn(begin, end, s, z) over pieces of constant scale, in parallel.
template <class T, class Fn>
void each_channel(std::int64_t n, const Tensor& scale, const Tensor& zero, Fn&& fn) {
  const std::int64_t channels = scale.numel();
  if (n == 0 || channels == 0) return;
  const T *s = scale.data<T>().data(), *z = zero.data<T>().data();
  const std::int64_t inner = n / channels;
  parallel_for(n, kBlock, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t c = begin / inner, stop = std::min(end, (c + 1) * inner);
      fn(begin, stop, s[c], z[c]);
      begin = stop;
    }
  });
}

}  // namespace

Tensor rect_sigmoid(const Tensor& v, double gamma, double zeta) {
  Tensor h = Tensor::empty(v.shape(), v.dtype());
  dispatch_float("rect_sigmoid", v.dtype(), [&](auto type) {
    using T = decltype(type);
    const T stretch = static_cast<T>(zeta - gamma), shift = static_cast<T>(gamma);
    const T* in = v.data<T>().data();
    T* out = h.writable<T>().data();
    const auto value = [=](T x) {
      T u = stretch * math::sigmoid(x) + shift;
      u = u < T(0) ? T(0) : u;
      return u > T(1) ? T(1) : u;
    };
    parallel_for(v.numel(), kBlock, [=](std::int64_t begin, std::int64_t end) {
      apply(in + begin, out + begin, end - begin, value);
    });
  });
  return h;
}

Tensor rect_sigmoid_backward(const Tensor& dy, const Tensor& v, double gamma, double zeta) {
  require("rect_sigmoid", dy.shape() == v.shape() && dy.dtype() == v.dtype(),
          "dy must match v; got dy {} {}, v {} {}", dy.dtype(), dy.shape(), v.dtype(), v.shape());
  Tensor dv = Tensor::empty(v.shape(), v.dtype());
  dispatch_float("rect_sigmoid", v.dtype(), [&](auto type) {
    using T = decltype(type);
    const T stretch = static_cast<T>(zeta - gamma), shift = static_cast<T>(gamma);
    const T *g = dy.data<T>().data(), *in = v.data<T>().data();
    T* out = dv.writable<T>().data();
    const auto slope = [=](T grad, T x) {
      const T sigma = math::sigmoid(x);
      const T u = stretch * sigma + shift, inside = grad * stretch * sigma * (T(1) - sigma);
      return u >= -kSlack<T> && u <= T(1) + kSlack<T> ? inside : T(0);
    };
    parallel_for(v.numel(), kBlock, [=](std::int64_t begin, std::int64_t end) {
      apply(g + begin, in + begin, out + begin, end - begin, slope);
    });
  });
  return dv;
}

Tensor soft_round(const Tensor& h, const Tensor& w, const Tensor& scale, const Tensor& zero,
                  double q_min, double q_max) {
  check_weights(h, w, scale, zero);
  Tensor out = Tensor::empty(w.shape(), w.dtype());
  dispatch_float("soft_round", w.dtype(), [&](auto type) {
    using T = decltype(type);
    const T lo = static_cast<T>(q_min), hi = static_cast<T>(q_max);
    const T *up = h.data<T>().data(), *in = w.data<T>().data();
    T* y = out.writable<T>().data();
    each_channel<T>(w.numel(), scale, zero, [=](std::int64_t begin, std::int64_t end, T s, T z) {
      apply(up + begin, in + begin, y + begin, end - begin, [=](T part, T weight) {
        T n = std::floor(weight / s) + part + z;
        n = n < lo ? lo : n;
        n = n > hi ? hi : n;
        return s * (n - z);
      });
    });
  });
  return out;
}

Tensor soft_round_backward(const Tensor& dy, const Tensor& h, const Tensor& w, const Tensor& scale,
                           const Tensor& zero, double q_min, double q_max) {
  check_weights(h, w, scale, zero);
  require("soft_round", dy.shape() == w.shape() && dy.dtype() == w.dtype(),
          "dy must match w; got dy {} {}, w {} {}", dy.dtype(), dy.shape(), w.dtype(), w.shape());
  Tensor dh = Tensor::empty(w.shape(), w.dtype());
  dispatch_float("soft_round", w.dtype(), [&](auto type) {
    using T = decltype(type);
    const T lo = static_cast<T>(q_min), hi = static_cast<T>(q_max);
    const T *g = dy.data<T>().data(), *up = h.data<T>().data(), *in = w.data<T>().data();
    T* out = dh.writable<T>().data();
    each_channel<T>(w.numel(), scale, zero, [=](std::int64_t begin, std::int64_t end, T s, T z) {
      apply(g + begin, up + begin, in + begin, out + begin, end - begin,
            [=](T grad, T part, T weight) {
              const T n = std::floor(weight / s) + part + z, inside = s * grad;
              return n >= lo && n <= hi ? inside : T(0);
            });
    });
  });
  return dh;
}

Tensor round_penalty(const Tensor& h, double beta) {
  require("round_penalty", beta >= 1, "beta must be at least 1; got {}", beta);
  return dispatch_float("round_penalty", h.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* in = h.data<T>().data();
    const T b = static_cast<T>(beta);
    const std::int64_t n = h.numel(), blocks = (n + kBlock - 1) / kBlock;
    const auto term = [=](T x) { return T(1) - math::pow(std::abs(T(2) * x - T(1)), b); };
    std::vector<double> partial(static_cast<std::size_t>(blocks), 0.0);
    parallel_for(blocks, 1, [&](std::int64_t first, std::int64_t last) {
      std::vector<T> terms(static_cast<std::size_t>(std::min(n, kBlock)));
      for (std::int64_t block = first; block < last; ++block) {
        const std::int64_t begin = block * kBlock, count = std::min(n - begin, kBlock);
        apply(in + begin, terms.data(), count, term);
        partial[static_cast<std::size_t>(block)] =
            lane_sum(count, [&](auto at) { return at(terms.data()); });
      }
    });
    double total = 0;
    for (const double p : partial) total += p;
    return Tensor::scalar(total, h.dtype());
  });
}

Tensor round_penalty_backward(double dy, const Tensor& h, double beta) {
  require("round_penalty", beta >= 1, "beta must be at least 1; got {}", beta);
  Tensor dh = Tensor::empty(h.shape(), h.dtype());
  dispatch_float("round_penalty", h.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* in = h.data<T>().data();
    T* out = dh.writable<T>().data();
    const T exponent = static_cast<T>(beta - 1), factor = static_cast<T>(-2 * beta * dy);
    const auto slope = [=](T x) {
      const T t = T(2) * x - T(1);
      const T sign = t > T(0) ? T(1) : (t < T(0) ? T(-1) : T(0));
      return factor * sign * math::pow(std::abs(t), exponent);
    };
    parallel_for(h.numel(), kBlock, [=](std::int64_t begin, std::int64_t end) {
      apply(in + begin, out + begin, end - begin, slope);
    });
  });
  return dh;
}

}  // namespace core
