#include "core/kernels/lsq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/element.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kBlock = 1 << 14;  // elements that share one partial sum
constexpr std::int64_t kLanes = 16;

void check(const Tensor& x, const Tensor& scale, const Tensor& zero, const LsqRange& range) {
  const DType parameter = arithmetic_type(x.dtype());
  require("lsq", scale.dtype() == parameter && zero.dtype() == parameter,
          "scale and zero must be {} beside this x; got x {}, scale {}, zero {}", parameter,
          x.dtype(), scale.dtype(), zero.dtype());
  const bool per_channel =
      scale.shape().rank() == 1 && x.shape().rank() >= 1 && scale.shape()[0] == x.shape()[-1];
  require("lsq", scale.numel() == 1 || per_channel,
          "scale must have one element or the last extent of x; got scale {}, x {}", scale.shape(),
          x.shape());
  require("lsq", zero.shape() == scale.shape(),
          "zero must have the shape of scale; got zero {}, scale {}", zero.shape(), scale.shape());
  require("lsq", range.q_min < range.q_max, "q_min must be below q_max; got {}, {}", range.q_min,
          range.q_max);
}

template <class T>
inline T quantise(T x, T s, T z, T lo, T hi) {
  T n = std::nearbyint(x / s) + z;
  n = n < lo ? lo : n;  // comparisons are false for NaN, which therefore passes through
  n = n > hi ? hi : n;
  return s * (n - z);
}

/// Turns dy into dx, returns what this element adds to dscale.
template <class E, class T>
inline T back(E& slope_of, E x, std::uint32_t taken, T s, T z, T lo, T hi) {
  const T dy = load(slope_of), t = load(x) / s, r = std::nearbyint(t), n = r + z;
  const bool inside = n >= lo && n <= hi;
  slope_of = store_exactly<E>(inside || taken == 0 ? dy : T(0));
  T slope = r - t;
  slope = n < lo ? lo - z : slope;
  slope = n > hi ? hi - z : slope;
  return taken != 0 ? dy * slope : T(0);
}

// Out of line and over restrict pointers: inside a parallel region g++ loses the no-alias facts and
// leaves the loop scalar.
template <class E, class T>
[[gnu::noinline]] void quantise_all(const E* __restrict x, E* __restrict y, std::int64_t n, T s,
                                    T z, T lo, T hi) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = store<E>(quantise(load(x[i]), s, z, lo, hi));
}

template <class E, class T>
[[gnu::noinline]] void quantise_taken(const std::uint32_t* __restrict taken, const E* __restrict x,
                                      E* __restrict y, std::int64_t n, T s, T z, T lo, T hi) {
  for (std::int64_t i = 0; i < n; ++i)
    y[i] = store<E>(taken[i] != 0 ? quantise(load(x[i]), s, z, lo, hi) : load(x[i]));
}

template <class E, class T>
void per_tensor(const E* x, E* y, std::int64_t n, T s, T z, T lo, T hi, const Choice* choice) {
  if (choice) {
    return for_runs(choice, n, [=](std::int64_t at, std::int64_t count, const auto* taken) {
      quantise_taken(taken, x + at, y + at, count, s, z, lo, hi);
    });
  }
  parallel_for(n, kBlock, [=](std::int64_t begin, std::int64_t end) {
    quantise_all(x + begin, y + begin, end - begin, s, z, lo, hi);
  });
}

/// One run backward: turns d from dy into dx, adds to the lanes of dscale.
template <class E, class T>
[[gnu::noinline]] void run_back(const std::uint32_t* __restrict taken, const E* __restrict x,
                                E* __restrict d, std::int64_t n, T s, T z, T lo, T hi,
                                double* __restrict lanes) {
  std::int64_t i = 0;
  if constexpr (sizeof(E) == sizeof(T)) {
    for (; i + kLanes <= n; i += kLanes) {
      for (std::int64_t j = 0; j < kLanes; ++j) {
        const std::int64_t k = i + j;
        lanes[j] += static_cast<double>(back(d[k], x[k], taken[k], s, z, lo, hi));
      }
    }
  } else {  // summed apart: in one loop g++ leaves bf16 half scalar
    constexpr std::int64_t kPart = 8 * kLanes;
    T slopes[kPart];
    for (; i + kPart <= n; i += kPart) {
      for (std::int64_t j = 0; j < kPart; ++j) {
        const std::int64_t k = i + j;
        slopes[j] = back(d[k], x[k], taken[k], s, z, lo, hi);
      }
      for (std::int64_t j = 0; j < kPart; j += kLanes) {
        for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(slopes[j + l]);
      }
    }
  }
  for (; i < n; ++i) lanes[0] += static_cast<double>(back(d[i], x[i], taken[i], s, z, lo, hi));
}

/// dy and dx may be one.
template <class E, class T>
double per_tensor_back(const E* dy, const E* x, E* dx, std::int64_t n, T s, T z, T lo, T hi,
                       const Choice* choice) {
  const std::int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<double> partial(static_cast<std::size_t>(blocks), 0.0);
  parallel_for(blocks, 1, [&](std::int64_t first, std::int64_t last) {
    Taken taken(choice);
    for (std::int64_t b = first; b < last; ++b) {
      const std::int64_t end = std::min(n, (b + 1) * kBlock);
      double lanes[kLanes] = {};
      for (std::int64_t at = b * kBlock; at < end; at += kChoiceRun) {
        const std::int64_t count = std::min(kChoiceRun, end - at);
        if (dy != dx) std::copy_n(dy + at, count, dx + at);
        run_back(taken.of(at, count), x + at, dx + at, count, s, z, lo, hi, lanes);
      }
      double sum = 0;
      for (const double lane : lanes) sum += lane;
      partial[static_cast<std::size_t>(b)] = sum;
    }
  });
  double total = 0;
  for (const double p : partial) total += p;
  return total;
}

/// Calls use(channel, element, taken) for rows [begin, end).
template <class Use>
void for_rows(std::int64_t begin, std::int64_t end, std::int64_t channels, Taken& taken, Use use) {
  if (channels == 1) {  // a row is an element
    for (std::int64_t at = begin; at < end; at += kChoiceRun) {
      const std::int64_t count = std::min(kChoiceRun, end - at);
      const std::uint32_t* set = taken.of(at, count);
      for (std::int64_t k = 0; k < count; ++k) use(std::int64_t{0}, at + k, set[k]);
    }
    return;
  }
  // as many rows, or as much of a row, as choices are made for in one go
  const std::int64_t rows = std::max<std::int64_t>(1, kChoiceRun / channels);
  const std::int64_t width = std::min(kChoiceRun, channels);
  for (std::int64_t r = begin; r < end; r += rows) {
    const std::int64_t last = std::min(end, r + rows);
    for (std::int64_t c = 0; c < channels; c += width) {
      const std::int64_t wide = std::min(width, channels - c);
      const std::uint32_t* set = taken.of(r * channels + c, (last - r) * wide);
      for (std::int64_t k = r; k < last; ++k, set += wide) {
        for (std::int64_t j = 0; j < wide; ++j) use(c + j, k * channels + c + j, set[j]);
      }
    }
  }
}

std::int64_t rows_of_block(std::int64_t channels) {
  return std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, channels));
}

template <class E, class T>
void per_channel(const E* x, E* y, std::int64_t rows, std::int64_t channels, const T* s, const T* z,
                 T lo, T hi, const Choice* choice) {
  parallel_for(rows, rows_of_block(channels), [&](std::int64_t first, std::int64_t last) {
    Taken taken(choice);
    for_rows(first, last, channels, taken, [=](std::int64_t c, std::int64_t i, std::uint32_t set) {
      y[i] = set != 0 ? store<E>(quantise(load(x[i]), s[c], z[c], lo, hi)) : x[i];
    });
  });
}

template <class E, class T>
std::vector<double> per_channel_back(const E* dy, const E* x, E* dx, std::int64_t rows,
                                     std::int64_t channels, const T* s, const T* z, T lo, T hi,
                                     const Choice* choice) {
  const std::int64_t rows_each = rows_of_block(channels);
  const std::int64_t blocks = (rows + rows_each - 1) / rows_each;
  std::vector<double> partial(static_cast<std::size_t>(blocks * channels), 0.0);
  parallel_for(blocks, 1, [&](std::int64_t first, std::int64_t last) {
    Taken taken(choice);
    for (std::int64_t b = first; b < last; ++b) {
      double* sum = partial.data() + b * channels;
      for_rows(b * rows_each, std::min(rows, (b + 1) * rows_each), channels, taken,
               [=](std::int64_t c, std::int64_t i, std::uint32_t set) {
                 dx[i] = dy[i];
                 sum[c] += static_cast<double>(back(dx[i], x[i], set, s[c], z[c], lo, hi));
               });
    }
  });
  std::vector<double> total(static_cast<std::size_t>(channels), 0.0);
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (std::int64_t c = 0; c < channels; ++c) {
      total[static_cast<std::size_t>(c)] += partial[static_cast<std::size_t>(b * channels + c)];
    }
  }
  return total;
}

}  // namespace

Tensor lsq(const Tensor& x, const Tensor& scale, const Tensor& zero, const LsqRange& range,
           const Choice* choice) {
  check(x, scale, zero, range);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_element("lsq", x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    const T lo = static_cast<T>(range.q_min), hi = static_cast<T>(range.q_max);
    const E* in = x.data<E>().data();
    const T *s = scale.data<T>().data(), *z = zero.data<T>().data();
    E* out = y.writable<E>().data();
    if (scale.numel() == 1) {
      per_tensor(in, out, x.numel(), s[0], z[0], lo, hi, choice);
    } else if (x.numel() > 0) {
      const std::int64_t channels = scale.numel();
      per_channel(in, out, x.numel() / channels, channels, s, z, lo, hi, choice);
    }
  });
  return y;
}

LsqGrads lsq_backward(Tensor dy, const Tensor& x, const Tensor& scale, const Tensor& zero,
                      const LsqRange& range, const Choice* choice) {
  check(x, scale, zero, range);
  require("lsq", dy.shape() == x.shape() && dy.dtype() == x.dtype(),
          "dy must match x; got dy {} {}, x {} {}", dy.dtype(), dy.shape(), x.dtype(), x.shape());
  LsqGrads grads{{}, Tensor::zeros(scale.shape(), scale.dtype())};
  dispatch_element("lsq", x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    const T lo = static_cast<T>(range.q_min), hi = static_cast<T>(range.q_max);
    const E *g = dy.data<E>().data(), *in = x.data<E>().data();
    const T *s = scale.data<T>().data(), *z = zero.data<T>().data();
    grads.dx = taken_over(std::move(dy));
    E* out = grads.dx.writable<E>().data();
    const std::span<T> ds = grads.dscale.writable<T>();
    if (scale.numel() == 1) {
      ds[0] = static_cast<T>(per_tensor_back(g, in, out, x.numel(), s[0], z[0], lo, hi, choice));
    } else if (x.numel() > 0) {
      const std::int64_t channels = scale.numel();
      const std::vector<double> total =
          per_channel_back(g, in, out, x.numel() / channels, channels, s, z, lo, hi, choice);
      for (std::size_t c = 0; c < total.size(); ++c) ds[c] = static_cast<T>(total[c]);
    }
  });
  return grads;
}

Tensor lsq_zero_gradient(const Tensor& dy, const Tensor& x, const Tensor& scale, const Tensor& zero,
                         const LsqRange& range, const Choice* choice) {
  check(x, scale, zero, range);
  require("lsq", dy.shape() == x.shape() && dy.dtype() == x.dtype(),
          "dy must match x; got dy {} {}, x {} {}", dy.dtype(), dy.shape(), x.dtype(), x.shape());
  Tensor dz = Tensor::zeros(zero.shape(), zero.dtype());
  dispatch_element("lsq", x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    const T lo = static_cast<T>(range.q_min), hi = static_cast<T>(range.q_max);
    const auto g = dy.data<E>(), in = x.data<E>();
    const auto s = scale.data<T>(), z = zero.data<T>();
    if (x.numel() == 0) return;
    const std::int64_t channels = scale.numel(), rows = x.numel() / channels;
    const std::int64_t rows_each = rows_of_block(channels);
    const std::int64_t blocks = (rows + rows_each - 1) / rows_each;
    std::vector<double> partial(static_cast<std::size_t>(blocks * channels), 0.0);
    parallel_for(blocks, 1, [&](std::int64_t first, std::int64_t last) {
      Taken taken(choice);
      for (std::int64_t b = first; b < last; ++b) {
        double* sum = partial.data() + b * channels;
        const auto add = [&](std::int64_t c, std::int64_t i, std::uint32_t set) {
          const auto k = static_cast<std::size_t>(i), channel = static_cast<std::size_t>(c);
          const T code = std::nearbyint(load(in[k]) / s[channel]) + z[channel];
          if (set != 0 && (code < lo || code > hi))
            sum[c] -= static_cast<double>(s[channel] * load(g[k]));
        };
        for_rows(b * rows_each, std::min(rows, (b + 1) * rows_each), channels, taken, add);
      }
    });
    const std::span<T> out = dz.writable<T>();
    for (std::int64_t c = 0; c < channels; ++c) {
      double total = 0;
      for (std::int64_t b = 0; b < blocks; ++b)
        total += partial[static_cast<std::size_t>(b * channels + c)];
      out[c] = static_cast<T>(total);
    }
  });
  return dz;
}

}  // namespace core
