#include "core/kernels/conv/conv2d.h"

#include <cstring>

#include "core/kernels/bf16/paired.h"
#include "core/kernels/conv/pixels.h"
#include "core/kernels/conv/winograd.h"
#include "core/kernels/reference/conv2d.h"
#include "core/onednn/conv2d.h"
#include "core/onednn/operands.h"

namespace core {
namespace {

void zero(Tensor& t) {
  if (t.byte_size() > 0) std::memset(t.raw_writable(), 0, t.byte_size());
}

/// A 1x1 window with stride and no padding reads every stride-th pixel and nothing else, so it is
/// computed as a dense 1x1 convolution of those.  oneDNN 2.6.3 does the same inside, but its weight
/// gradient writes outside its scratch memory on the way (x (3,8,56,1), w (1,1,1,1), stride 2).
bool skips_pixels(const Shape& w, const Conv2dOptions& o) {
  return w[2] == 1 && w[3] == 1 && o.pad[0] == 0 && o.pad[1] == 0 &&
         (o.stride[0] > 1 || o.stride[1] > 1);
}

Conv2dOptions without_stride(Conv2dOptions o) {
  o.stride = {1, 1};
  return o;
}

/// The pixels of x that a 1x1 window with this stride reads; `shape` is the output's.
Tensor read_pixels(const Tensor& x, const Shape& shape, const Conv2dOptions& o) {
  return pixels(x, {0, shape[1], o.stride[0]}, {0, shape[2], o.stride[1]});
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions& options) {
  const Shape shape = conv2d_shape(x.shape(), w.shape(), options);
  onednn::check_operands("conv2d", x, w, options.precision);
  if (bias != nullptr) {
    const DType parameter = arithmetic_type(x.dtype());
    require("conv2d", bias->shape() == Shape{shape[3]} && bias->dtype() == parameter,
            "bias must be {} of shape (O); got bias {} {}, w {}", parameter, bias->dtype(),
            bias->shape(), w.shape());
  }
  if (skips_pixels(w.shape(), options)) {
    return conv2d(read_pixels(x, shape, options), w, bias, without_stride(options));
  }
  Tensor y = Tensor::empty(shape, x.dtype());
  if (y.numel() == 0) return y;
  onednn::run_product(
      "conv2d", x, w, onednn::Second::rounded_by_packing, options.precision, y,
      [&](const Tensor& a, const Tensor& b, Tensor& to) {
        if (!winograd::pays(x.shape(), w.shape(), options, a.dtype()))
          return onednn::conv2d_forward(a, b, bias, options, to);
        winograd::forward(a, b, bias, options, to);
        return true;
      },
      [&](const Tensor& a, const Tensor& b, Tensor& to) {
        reference::conv2d(a, b, bias, options, to);
      });
  return y;
}

Tensor conv2d_backward_data(const Tensor& dy, const Tensor& w, const Shape& x_shape,
                            const Conv2dOptions& options) {
  const Shape shape = conv2d_shape(x_shape, w.shape(), options);
  require("conv2d_backward_data", dy.shape() == shape,
          "dy must have the output's shape {}; got dy {}, x {}, w {}", shape, dy.shape(), x_shape,
          w.shape());
  require("conv2d_backward_data", !options.relu, "relu is an option of the forward only; got dy {}",
          dy.shape());
  onednn::check_operands("conv2d_backward_data", dy, w, options.precision);
  if (skips_pixels(w.shape(), options)) {
    const Shape read{x_shape[0], shape[1], shape[2], x_shape[3]};
    return pixels_backward(conv2d_backward_data(dy, w, read, without_stride(options)), x_shape,
                           {0, shape[1], options.stride[0]}, {0, shape[2], options.stride[1]});
  }
  Tensor dx = Tensor::empty(x_shape, dy.dtype());
  if (dx.numel() == 0) return dx;
  onednn::run_product(
      "conv2d_backward_data", dy, w, onednn::Second::rounded_by_packing, options.precision, dx,
      [&](const Tensor& a, const Tensor& b, Tensor& to) {
        if (!winograd::pays(x_shape, w.shape(), options, a.dtype()))
          return onednn::conv2d_backward_data(a, b, options, to);
        winograd::backward_data(a, b, options, to);
        return true;
      },
      [&](const Tensor& a, const Tensor& b, Tensor& to) {
        reference::conv2d_backward_data(a, b, options, to);
      });
  return dx;
}

Tensor conv2d_backward_weights(const Tensor& dy, const Tensor& x, const Shape& w_shape,
                               const Conv2dOptions& options) {
  const Shape shape = conv2d_shape(x.shape(), w_shape, options);
  require("conv2d_backward_weights", dy.shape() == shape,
          "dy must have the output's shape {}; got dy {}, x {}, w {}", shape, dy.shape(), x.shape(),
          w_shape);
  require("conv2d_backward_weights", !options.relu,
          "relu is an option of the forward only; got dy {}", dy.shape());
  onednn::check_operands("conv2d_backward_weights", dy, x, options.precision);
  if (skips_pixels(w_shape, options)) {
    return conv2d_backward_weights(dy, read_pixels(x, shape, options), w_shape,
                                   without_stride(options));
  }
  Tensor dw = Tensor::empty(w_shape, arithmetic_type(dy.dtype()));
  if (dy.numel() == 0) {
    zero(dw);
    return dw;
  }
  onednn::run_product(
      "conv2d_backward_weights", dy, x, onednn::Second::rounded_here, options.precision, dw,
      [&](const Tensor& a, const Tensor& b, Tensor& to) {
        if (winograd::pays(x.shape(), w_shape, options, a.dtype()))
          winograd::backward_weights(a, b, options, to);
        else if (a.dtype() == DType::bf16 && paired::pays(x.shape(), w_shape, options))
          paired::backward_weights(a, b, options, to);
        else
          return onednn::conv2d_backward_weights(a, b, options, to);
        return true;
      },
      [&](const Tensor& a, const Tensor& b, Tensor& to) {
        reference::conv2d_backward_weights(a, b, options, to);
      });
  return dw;
}

}  // namespace core
