#include "core/kernels/norm.h"

#include <algorithm>
#include <cmath>

#include "core/element.h"
#include "core/kernels/loops/columns.h"
#include "core/kernels/loops/lanes.h"
#include "core/kernels/loops/odometer.h"
#include "core/kernels/loops/rows.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kFewestBlocks = 16;  // of rows with sums of their own, to feed all threads

/// Sums of (x - shift) and (x - shift)^2 per line position: the shift keeps the difference of the
/// second from the squared first well conditioned.
template <class E>
[[gnu::noinline]] void add_moments(const E* __restrict x, const double* __restrict shift,
                                   std::int64_t lines, std::int64_t width, std::int64_t stride,
                                   double* __restrict sum, double* __restrict square) {
  std::int64_t l = 0;
  for (; l + 2 <= lines; l += 2, x += 2 * stride) {
    for (std::int64_t j = 0; j < width; ++j) {
      const double a = static_cast<double>(load(x[j])) - shift[j];
      const double b = static_cast<double>(load(x[stride + j])) - shift[j];
      sum[j] += a + b;
      square[j] += a * a + b * b;
    }
  }
  for (; l < lines; ++l, x += stride) {
    for (std::int64_t j = 0; j < width; ++j) {
      const double a = static_cast<double>(load(x[j])) - shift[j];
      sum[j] += a;
      square[j] += a * a;
    }
  }
}

/// Sums of dy and dy * (x - mean) per line position.
template <class E>
[[gnu::noinline]] void add_products(const E* __restrict dy, const E* __restrict x,
                                    const double* __restrict mean, std::int64_t lines,
                                    std::int64_t width, std::int64_t stride, double* __restrict sum,
                                    double* __restrict product) {
  std::int64_t l = 0;
  for (; l + 2 <= lines; l += 2, x += 2 * stride, dy += 2 * stride) {
    for (std::int64_t j = 0; j < width; ++j) {
      const double g = static_cast<double>(load(dy[j])),
                   h = static_cast<double>(load(dy[stride + j]));
      sum[j] += g + h;
      product[j] += g * (static_cast<double>(load(x[j])) - mean[j]) +
                    h * (static_cast<double>(load(x[stride + j])) - mean[j]);
    }
  }
  for (; l < lines; ++l, x += stride, dy += stride) {
    for (std::int64_t j = 0; j < width; ++j) {
      const double g = static_cast<double>(load(dy[j]));
      sum[j] += g;
      product[j] += g * (static_cast<double>(load(x[j])) - mean[j]);
    }
  }
}

/// y = (x - center) * a + b per line position.
template <class E>
[[gnu::noinline]] void normalise_lines(const E* __restrict x,
                                       const Arithmetic<E>* __restrict center,
                                       const Arithmetic<E>* __restrict a,
                                       const Arithmetic<E>* __restrict b, E* __restrict y,
                                       std::int64_t lines, std::int64_t width) {
  for (std::int64_t l = 0; l < lines; ++l, x += width, y += width) {
    for (std::int64_t j = 0; j < width; ++j)
      y[j] = store<E>((load(x[j]) - center[j]) * a[j] + b[j]);
  }
}

template <class E>
[[gnu::noinline]] void scale_shift_lines(const E* __restrict x, const Arithmetic<E>* __restrict a,
                                         const Arithmetic<E>* __restrict b, E* __restrict y,
                                         std::int64_t lines, std::int64_t width) {
  for (std::int64_t l = 0; l < lines; ++l, x += width, y += width) {
    for (std::int64_t j = 0; j < width; ++j) y[j] = store<E>(load(x[j]) * a[j] + b[j]);
  }
}

/// dx = a * (dy - b - (x - center) * k) per line position.
template <class E>
[[gnu::noinline]] void backward_lines(const E* __restrict dy, const E* __restrict x,
                                      const Arithmetic<E>* __restrict center,
                                      const Arithmetic<E>* __restrict a,
                                      const Arithmetic<E>* __restrict b,
                                      const Arithmetic<E>* __restrict k, E* __restrict dx,
                                      std::int64_t lines, std::int64_t width) {
  for (std::int64_t l = 0; l < lines; ++l, dy += width, x += width, dx += width) {
    for (std::int64_t j = 0; j < width; ++j)
      dx[j] = store<E>(a[j] * (load(dy[j]) - b[j] - (load(x[j]) - center[j]) * k[j]));
  }
}

template <class E, class T = Arithmetic<E>>
[[gnu::noinline]] void layer_norm_rows(const E* __restrict x, const T* __restrict gamma,
                                       const T* __restrict beta, double eps, E* __restrict y,
                                       T* __restrict mean, T* __restrict inv_std, std::int64_t rows,
                                       std::int64_t n) {
  const double count = static_cast<double>(n);
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const double center = lane_sum(n, [&](auto at) { return at(x); }) / count;
    const double square = lane_sum(n, [&](auto at) {
      const auto d = at(x) - center;
      return d * d;
    });
    const T m = mean[r] = static_cast<T>(center);
    const T inv = inv_std[r] = static_cast<T>(1.0 / std::sqrt(square / count + eps));
    for_row<E>(n, [&](auto at) { at.put(y, (at(x) - m) * inv * at(gamma) + at(beta)); });
  }
}

/// Adds to dgamma and dbeta.
template <class E, class T = Arithmetic<E>>
[[gnu::noinline]] void layer_norm_backward_rows(const E* __restrict dy, const E* __restrict x,
                                                const T* __restrict gamma, const T* __restrict mean,
                                                const T* __restrict inv_std, E* __restrict dx,
                                                double* __restrict dgamma, double* __restrict dbeta,
                                                std::int64_t rows, std::int64_t n) {
  const double count = static_cast<double>(n);
  for (std::int64_t r = 0; r < rows; ++r, dy += n, x += n, dx += n) {
    const T m = mean[r], inv = inv_std[r];
    const double center = static_cast<double>(m);
    const double sum = lane_sum(n, [&](auto at) { return at(dy) * at(gamma); });
    const double product =
        lane_sum(n, [&](auto at) { return at(dy) * at(gamma) * (at(x) - center); });
    const T b = static_cast<T>(sum / count);
    const T k = static_cast<T>(product * static_cast<double>(inv) / count);
    for_row<E>(n, [&](auto at) {
      const auto g = at(dy), normal = (at(x) - m) * inv;
      at.put(dx, inv * (g * at(gamma) - b - normal * k));
      at.add(dgamma, g * normal);
      at.add(dbeta, g);
    });
  }
}

void require_channels(std::string_view op, const Tensor& x, std::string_view name,
                      const Tensor& v) {
  require(
      op,
      x.shape().rank() >= 1 && v.shape() == Shape{x.shape()[-1]} &&
          v.dtype() == arithmetic_type(x.dtype()),
      "{} must hold one value per channel in the type of arithmetic on x; got {} {} {}, x {} {}",
      name, name, v.dtype(), v.shape(), x.dtype(), x.shape());
}

void require_pair(std::string_view op, const Tensor& dy, const Tensor& x) {
  require(op, dy.shape() == x.shape() && dy.dtype() == x.dtype(),
          "gradient and input must agree; got dy {} {}, x {} {}", dy.dtype(), dy.shape(), x.dtype(),
          x.shape());
}

template <class T>
const T* line_of(const Tensor& v) {
  return v.data<T>().data();
}

}  // namespace

NormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  constexpr std::string_view op = "batch_norm";
  require_channels(op, x, "gamma", gamma);
  require_channels(op, x, "beta", beta);
  require(op, x.numel() > 0, "x must not be empty; got x {}", x.shape());
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    const std::int64_t channels = x.shape()[-1], rows = x.numel() / channels;
    const E* from = x.data<E>().data();
    const Tensor shift = repeat_for_line<double>(from, channels);  // the first row
    const double* shift_line = line_of<double>(shift);
    Tensor moments = Tensor::empty(Shape{2, channels}, DType::f64);
    double* sums = moments.writable<double>().data();
    column_sums<2>(1, rows, channels, sums,
                   [&](std::int64_t begin, std::int64_t column, std::int64_t lines,
                       std::int64_t width, std::int64_t stride, double* acc) {
                     add_moments(from + begin, shift_line + column, lines, width, stride, acc,
                                 acc + kAccumulators);
                   });
    NormResult result{Tensor::empty(x.shape(), x.dtype()),
                      Tensor::empty(Shape{channels}, arithmetic_type(x.dtype())),
                      Tensor::empty(Shape{channels}, arithmetic_type(x.dtype()))};
    Tensor scale = Tensor::empty(Shape{channels}, arithmetic_type(x.dtype()));
    T* mean = result.mean.writable<T>().data();
    T* inv_std = result.inv_std.writable<T>().data();
    T* a = scale.writable<T>().data();
    const T* g = gamma.data<T>().data();
    for (std::int64_t c = 0; c < channels; ++c) {
      const double offset = sums[c] / static_cast<double>(rows);
      const double variance =
          std::max(0.0, sums[channels + c] / static_cast<double>(rows) - offset * offset);
      const double inv = 1.0 / std::sqrt(variance + eps);
      mean[c] = static_cast<T>(shift_line[c] + offset);
      inv_std[c] = static_cast<T>(inv);
      a[c] = static_cast<T>(static_cast<double>(g[c]) * inv);
    }
    const Tensor center_line = repeat_for_line<T>(mean, channels),
                 a_line = repeat_for_line<T>(a, channels),
                 b_line = repeat_for_line<T>(beta.data<T>().data(), channels);
    E* to = result.y.writable<E>().data();
    for_lines(rows, channels, [&](std::int64_t begin, std::int64_t lines, std::int64_t width) {
      normalise_lines(from + begin, line_of<T>(center_line), line_of<T>(a_line), line_of<T>(b_line),
                      to + begin, lines, width);
    });
    return result;
  });
}

NormGrads batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                              const NormResult& saved) {
  constexpr std::string_view op = "batch_norm_backward";
  require_channels(op, x, "gamma", gamma);
  require_channels(op, x, "mean", saved.mean);
  require_channels(op, x, "inv_std", saved.inv_std);
  require_pair(op, dy, x);
  require(op, x.numel() > 0, "x must not be empty; got x {}", x.shape());
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    const std::int64_t channels = x.shape()[-1], rows = x.numel() / channels;
    const E* from = x.data<E>().data();
    const E* from_dy = dy.data<E>().data();
    const T* mean = saved.mean.data<T>().data();
    const T* inv_std = saved.inv_std.data<T>().data();
    const Tensor mean_line = repeat_for_line<double>(mean, channels);
    Tensor totals = Tensor::empty(Shape{2, channels}, DType::f64);
    double* sums = totals.writable<double>().data();
    column_sums<2>(1, rows, channels, sums,
                   [&](std::int64_t begin, std::int64_t column, std::int64_t lines,
                       std::int64_t width, std::int64_t stride, double* acc) {
                     add_products(from_dy + begin, from + begin,
                                  line_of<double>(mean_line) + column, lines, width, stride, acc,
                                  acc + kAccumulators);
                   });
    NormGrads grads{Tensor::empty(x.shape(), x.dtype()),
                    Tensor::empty(Shape{channels}, arithmetic_type(x.dtype())),
                    Tensor::empty(Shape{channels}, arithmetic_type(x.dtype()))};
    Tensor coefficients = Tensor::empty(Shape{3, channels}, arithmetic_type(x.dtype()));
    T* a = coefficients.writable<T>().data();
    T* b = a + channels;
    T* k = b + channels;
    T* dgamma = grads.dgamma.writable<T>().data();
    T* dbeta = grads.dbeta.writable<T>().data();
    const T* g = gamma.data<T>().data();
    for (std::int64_t c = 0; c < channels; ++c) {
      const double inv = static_cast<double>(inv_std[c]), count = static_cast<double>(rows);
      dbeta[c] = static_cast<T>(sums[c]);
      dgamma[c] = static_cast<T>(sums[channels + c] * inv);
      a[c] = static_cast<T>(static_cast<double>(g[c]) * inv);
      b[c] = static_cast<T>(sums[c] / count);
      k[c] = static_cast<T>(sums[channels + c] * inv * inv / count);
    }
    const Tensor center_line = repeat_for_line<T>(mean, channels),
                 a_line = repeat_for_line<T>(a, channels), b_line = repeat_for_line<T>(b, channels),
                 k_line = repeat_for_line<T>(k, channels);
    E* to = grads.dx.writable<E>().data();
    for_lines(rows, channels, [&](std::int64_t begin, std::int64_t lines, std::int64_t width) {
      backward_lines(from_dy + begin, from + begin, line_of<T>(center_line), line_of<T>(a_line),
                     line_of<T>(b_line), line_of<T>(k_line), to + begin, lines, width);
    });
    return grads;
  });
}

Tensor scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  constexpr std::string_view op = "scale_shift";
  require_channels(op, x, "scale", scale);
  require_channels(op, x, "shift", shift);
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    if (x.numel() == 0) return y;
    const std::int64_t channels = x.shape()[-1];
    const Tensor a = repeat_for_line<T>(scale.data<T>().data(), channels),
                 b = repeat_for_line<T>(shift.data<T>().data(), channels);
    const E* from = x.data<E>().data();
    E* to = y.writable<E>().data();
    for_lines(x.numel() / channels, channels,
              [&](std::int64_t begin, std::int64_t lines, std::int64_t width) {
                scale_shift_lines(from + begin, line_of<T>(a), line_of<T>(b), to + begin, lines,
                                  width);
              });
    return y;
  });
}

NormResult layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
  constexpr std::string_view op = "layer_norm";
  require_channels(op, x, "gamma", gamma);
  require_channels(op, x, "beta", beta);
  require(op, x.shape()[-1] > 0, "the last axis must not be empty; got x {}", x.shape());
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    const std::int64_t n = x.shape()[-1], rows = x.numel() / n;
    NormResult result{Tensor::empty(x.shape(), x.dtype()),
                      Tensor::empty(Shape{rows}, arithmetic_type(x.dtype())),
                      Tensor::empty(Shape{rows}, arithmetic_type(x.dtype()))};
    const E* from = x.data<E>().data();
    const T* g = gamma.data<T>().data();
    const T* b = beta.data<T>().data();
    E* to = result.y.writable<E>().data();
    T* mean = result.mean.writable<T>().data();
    T* inv = result.inv_std.writable<T>().data();
    parallel_for(rows, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      layer_norm_rows(from + begin * n, g, b, eps, to + begin * n, mean + begin, inv + begin,
                      end - begin, n);
    });
    return result;
  });
}

NormGrads layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                              const NormResult& saved) {
  constexpr std::string_view op = "layer_norm_backward";
  require_channels(op, x, "gamma", gamma);
  require_pair(op, dy, x);
  require(op, x.shape()[-1] > 0, "the last axis must not be empty; got x {}", x.shape());
  const std::int64_t n = x.shape()[-1], rows = x.numel() / n;
  require(op, saved.mean.shape() == Shape{rows} && saved.inv_std.shape() == Shape{rows},
          "saved statistics must hold one value per row; got mean {}, inv_std {}, x {}",
          saved.mean.shape(), saved.inv_std.shape(), x.shape());
  return dispatch_element(op, x.dtype(), [&]<class E>(E) {
    using T = Arithmetic<E>;
    NormGrads grads{Tensor::empty(x.shape(), x.dtype()), {}, {}};
    const E* from = x.data<E>().data();
    const E* from_dy = dy.data<E>().data();
    const T* g = gamma.data<T>().data();
    const T* mean = saved.mean.data<T>().data();
    const T* inv = saved.inv_std.data<T>().data();
    E* to = grads.dx.writable<E>().data();
    // Rows in fixed blocks, each with its own sums: the result does not depend on the threads.
    const std::int64_t block =
        std::max<std::int64_t>(1, std::min(2 * kBlockElements / n, rows / kFewestBlocks));
    const std::int64_t blocks = (rows + block - 1) / block;
    Tensor partial = Tensor::zeros(Shape{blocks, 2, n}, DType::f64);
    double* acc = partial.writable<double>().data();
    parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t r = i * block;
        double* sums = acc + i * 2 * n;
        layer_norm_backward_rows(from_dy + r * n, from + r * n, g, mean + r, inv + r, to + r * n,
                                 sums, sums + n, std::min(block, rows - r), n);
      }
    });
    Tensor total = Tensor::zeros(Shape{2, n}, DType::f64);
    double* sums = total.writable<double>().data();
    for (std::int64_t b = 0; b < blocks; ++b) {
      for (std::int64_t j = 0; j < 2 * n; ++j) sums[j] += acc[b * 2 * n + j];
    }
    grads.dgamma = total.rows(0, 1).to(arithmetic_type(x.dtype())).reshape(Shape{n});
    grads.dbeta = total.rows(1, 1).to(arithmetic_type(x.dtype())).reshape(Shape{n});
    return grads;
  });
}

}  // namespace core
