#include "core/kernels/pool.h"

#include <algorithm>
#include <limits>

#include "core/element.h"
#include "core/kernels/loops/odometer.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "core/system/threads.h"

namespace core {
namespace {

struct Range {
  std::int64_t begin, end;
};

/// Input positions that window `i` covers, padding left out.
Range window(std::int64_t i, std::int64_t kernel, std::int64_t stride, std::int64_t pad,
             std::int64_t extent) {
  const std::int64_t first = i * stride - pad;
  return {std::max<std::int64_t>(0, first), std::min(extent, first + kernel)};
}

template <class T>
[[gnu::noinline]] void take_first(const T* __restrict x, std::int32_t index, T* __restrict best,
                                  std::int32_t* __restrict winner, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) best[c] = x[c];
  for (std::int64_t c = 0; c < channels; ++c) winner[c] = index;
}

/// Takes x where it is larger, or the first NaN.
template <class T>
[[gnu::noinline]] void take_larger(const T* __restrict x, std::int32_t index, T* __restrict best,
                                   std::int32_t* __restrict winner, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const Arithmetic<T> old = load(best[c]), v = load(x[c]);
    const bool take = !(v <= old) & (old == old);
    best[c] = store<T>(take ? v : old);
    winner[c] = take ? index : winner[c];
  }
}

template <class T>
[[gnu::noinline]] void add_to_winners(const T* __restrict dy, const std::int32_t* __restrict winner,
                                      T* __restrict dx, std::int64_t channels) {
  for (std::int64_t c = 0; c < channels; ++c) {
    T& to = dx[winner[c] * channels + c];
    to = store<T>(load(to) + load(dy[c]));
  }
}

Shape pooled(const Tensor& x, const PoolOptions& o) {
  constexpr std::string_view op = "max_pool2d";
  require(op, x.shape().rank() == 4, "x must be N,H,W,C; got x {}", x.shape());
  std::array<std::int64_t, 2> out{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t extent = x.shape()[static_cast<int>(i) + 1];
    require(op, o.kernel[i] >= 1 && o.stride[i] >= 1,
            "kernel and stride must be positive; got {} and {}", o.kernel[i], o.stride[i]);
    require(op, o.pad[i] >= 0 && 2 * o.pad[i] <= o.kernel[i],
            "padding must be at most half of the kernel; got padding {}, kernel {}", o.pad[i],
            o.kernel[i]);
    require(op, extent + 2 * o.pad[i] >= o.kernel[i],
            "kernel must fit into the padded image; got kernel {}, padding {}, x {}", o.kernel[i],
            o.pad[i], x.shape());
    out[i] = (extent + 2 * o.pad[i] - o.kernel[i]) / o.stride[i] + 1;
  }
  require(op, x.shape()[1] * x.shape()[2] <= std::numeric_limits<std::int32_t>::max(),
          "H*W must fit into 31 bits; got x {}", x.shape());
  return Shape{x.shape()[0], out[0], out[1], x.shape()[3]};
}

}  // namespace

MaxPool max_pool2d(const Tensor& x, const PoolOptions& o) {
  const Shape shape = pooled(x, o);
  MaxPool result{Tensor::empty(shape, x.dtype()), Tensor::empty(shape, DType::s32)};
  const std::int64_t height = x.shape()[1], width = x.shape()[2], channels = x.shape()[3];
  const std::int64_t rows = shape[1], columns = shape[2];
  std::int32_t* winners = result.winner.writable<std::int32_t>().data();
  dispatch_element("max_pool2d", x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>().data();
    T* to = result.y.writable<T>().data();
    parallel_for(shape[0] * rows, row_grain(columns * channels),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t r = begin; r < end; ++r) {
                     const T* plane = from + r / rows * height * width * channels;
                     const Range h = window(r % rows, o.kernel[0], o.stride[0], o.pad[0], height);
                     for (std::int64_t column = 0; column < columns; ++column) {
                       const Range w = window(column, o.kernel[1], o.stride[1], o.pad[1], width);
                       T* best = to + (r * columns + column) * channels;
                       std::int32_t* winner = winners + (r * columns + column) * channels;
                       bool first = true;
                       for (std::int64_t i = h.begin; i < h.end; ++i) {
                         for (std::int64_t j = w.begin; j < w.end; ++j) {
                           const std::int64_t at = i * width + j;
                           const auto index = static_cast<std::int32_t>(at);
                           if (first)
                             take_first(plane + at * channels, index, best, winner, channels);
                           else
                             take_larger(plane + at * channels, index, best, winner, channels);
                           first = false;
                         }
                       }
                     }
                   }
                 });
  });
  return result;
}

Tensor max_pool2d_backward(const Tensor& dy, const Tensor& winner, const Shape& x_shape) {
  constexpr std::string_view op = "max_pool2d_backward";
  require(
      op,
      x_shape.rank() == 4 && dy.shape().rank() == 4 && dy.shape() == winner.shape() &&
          dy.shape()[0] == x_shape[0] && dy.shape()[3] == x_shape[3],
      "dy and winner must have one shape and agree with x in N and C; got dy {}, winner {}, x {}",
      dy.shape(), winner.shape(), x_shape);
  Tensor dx = Tensor::zeros(x_shape, dy.dtype());
  const std::int64_t channels = x_shape[3];
  const std::int64_t outputs = dy.shape()[1] * dy.shape()[2], inputs = x_shape[1] * x_shape[2];
  const std::int32_t* winners = winner.data<std::int32_t>().data();
  dispatch_element(op, dy.dtype(), [&]<class T>(T) {
    const T* from = dy.data<T>().data();
    T* to = dx.writable<T>().data();
    // Windows overlap, so one image is one thread's.
    parallel_for(x_shape[0], row_grain(outputs * channels),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t n = begin; n < end; ++n) {
                     for (std::int64_t p = n * outputs; p < (n + 1) * outputs; ++p) {
                       add_to_winners(from + p * channels, winners + p * channels,
                                      to + n * inputs * channels, channels);
                     }
                   }
                 });
  });
  return dx;
}

Tensor global_mean_pool(const Tensor& x) {
  require("global_mean_pool", x.shape().rank() == 4 && x.shape()[1] * x.shape()[2] > 0,
          "x must be N,H,W,C with a non-empty image; got x {}", x.shape());
  constexpr std::array<int, 2> kImage{1, 2};
  return affine(sum(x, kImage, false), 1.0 / static_cast<double>(x.shape()[1] * x.shape()[2]), 0.0);
}

Tensor global_mean_pool_backward(const Tensor& dy, const Shape& x_shape, DType dtype) {
  require("global_mean_pool_backward",
          x_shape.rank() == 4 && x_shape[1] * x_shape[2] > 0 &&
              dy.shape() == Shape{x_shape[0], x_shape[3]},
          "dy must be N,C of x; got dy {}, x {}", dy.shape(), x_shape);
  const Tensor share = affine(dy, 1.0 / static_cast<double>(x_shape[1] * x_shape[2]), 0.0);
  return broadcast_to(share.to(dtype).reshape(Shape{x_shape[0], 1, 1, x_shape[3]}), x_shape);
}

}  // namespace core
