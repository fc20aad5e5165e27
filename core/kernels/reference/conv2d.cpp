#include "core/kernels/reference/conv2d.h"

#include <algorithm>

#include "core/system/threads.h"

namespace core::reference {
namespace {

/// Calls fn(y index, x index, w index) for every product of the convolution whose output pixel row
/// (n, oh) is `row` and whose output channel is in [o_begin, o_end).
template <class Fn>
void for_products(const Shape& x, const Shape& w, const Shape& y, const Conv2dOptions& opt,
                  std::int64_t row, std::int64_t o_begin, std::int64_t o_end, Fn fn) {
  const std::int64_t H = x[1], W = x[2], C = x[3], OH = y[1], OW = y[2], O = y[3];
  const std::int64_t I = w[1], KH = w[2], KW = w[3], per_group = O / opt.groups;
  const std::int64_t n = row / OH, oh = row % OH;
  for (std::int64_t ow = 0; ow < OW; ++ow) {
    for (std::int64_t o = o_begin; o < o_end; ++o) {
      const std::int64_t first_channel = o / per_group * I;
      for (std::int64_t kh = 0; kh < KH; ++kh) {
        const std::int64_t h = oh * opt.stride[0] - opt.pad[0] + kh * opt.dilation[0];
        if (h < 0 || h >= H) continue;
        for (std::int64_t kw = 0; kw < KW; ++kw) {
          const std::int64_t v = ow * opt.stride[1] - opt.pad[1] + kw * opt.dilation[1];
          if (v < 0 || v >= W) continue;
          for (std::int64_t i = 0; i < I; ++i) {
            fn((row * OW + ow) * O + o, ((n * H + h) * W + v) * C + first_channel + i,
               ((o * I + i) * KH + kh) * KW + kw);
          }
        }
      }
    }
  }
}

}  // namespace

void conv2d(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions& opt,
            Tensor& y) {
  const double *xs = x.data<double>().data(), *ws = w.data<double>().data();
  const double* bs = bias ? bias->data<double>().data() : nullptr;
  double* ys = y.writable<double>().data();
  const std::int64_t O = y.shape()[3], pixels = y.shape()[2];
  parallel_for(y.shape()[0] * y.shape()[1], 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      double* out = ys + row * pixels * O;
      for (std::int64_t i = 0; i < pixels * O; ++i) out[i] = bs ? bs[i % O] : 0.0;
      for_products(x.shape(), w.shape(), y.shape(), opt, row, 0, O,
                   [&](std::int64_t a, std::int64_t b, std::int64_t c) { ys[a] += xs[b] * ws[c]; });
      if (opt.relu) {
        for (std::int64_t i = 0; i < pixels * O; ++i) out[i] = std::max(out[i], 0.0);
      }
    }
  });
}

void conv2d_backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions& opt, Tensor& dx) {
  const double *ys = dy.data<double>().data(), *ws = w.data<double>().data();
  double* xs = dx.writable<double>().data();
  std::fill_n(xs, dx.numel(), 0.0);
  const std::int64_t OH = dy.shape()[1];
  // images are independent; rows of one image overlap in dx
  parallel_for(dy.shape()[0], 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * OH; row < end * OH; ++row) {
      for_products(dx.shape(), w.shape(), dy.shape(), opt, row, 0, dy.shape()[3],
                   [&](std::int64_t a, std::int64_t b, std::int64_t c) { xs[b] += ys[a] * ws[c]; });
    }
  });
}

void conv2d_backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions& opt,
                             Tensor& dw) {
  const double *ys = dy.data<double>().data(), *xs = x.data<double>().data();
  double* ws = dw.writable<double>().data();
  std::fill_n(ws, dw.numel(), 0.0);
  const std::int64_t rows = dy.shape()[0] * dy.shape()[1];
  // output channels own disjoint parts of dw, and each sums in the same order on any number of
  // threads
  parallel_for(dy.shape()[3], 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = 0; row < rows; ++row) {
      for_products(x.shape(), dw.shape(), dy.shape(), opt, row, begin, end,
                   [&](std::int64_t a, std::int64_t b, std::int64_t c) { ws[c] += ys[a] * xs[b]; });
    }
  });
}

}  // namespace core::reference
