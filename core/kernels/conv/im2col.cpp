#include "core/kernels/conv/im2col.h"

#include "core/system/threads.h"

namespace core {
namespace {

/// The part of a window that lies in the image: kernel positions [begin, end) along one axis.
struct Inside {
  std::int64_t begin, end;
};

Inside inside(std::int64_t first, std::int64_t kernel, std::int64_t dilation, std::int64_t extent) {
  Inside in{0, kernel};
  while (in.begin < kernel && first + in.begin * dilation < 0) ++in.begin;
  while (in.end > in.begin && first + (in.end - 1) * dilation >= extent) --in.end;
  return in;
}

}  // namespace

Tensor im2col(const Tensor& x, const Shape& w, const Conv2dOptions& o) {
  const Shape y = conv2d_shape(x.shape(), w, o);
  const std::int64_t height = x.shape()[1], width = x.shape()[2], channels = x.shape()[3];
  const std::int64_t in = w[1], kh = w[2], kw = w[3], area = kh * kw, row = in * area;
  const std::int64_t images = y[0], lines = y[1], pixels = y[2], rows = images * lines * pixels;
  Tensor out = Tensor::zeros({o.groups, rows, row}, x.dtype());
  dispatch_float("im2col", x.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* from = x.data<T>().data();
    T* to = out.writable<T>().data();
    parallel_for(images * lines, 1, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t line = begin; line < end; ++line) {
        const std::int64_t n = line / lines, top = (line % lines) * o.stride[0] - o.pad[0];
        const Inside v = inside(top, kh, o.dilation[0], height);
        for (std::int64_t j = 0; j < pixels; ++j) {
          const std::int64_t left = j * o.stride[1] - o.pad[1];
          const Inside u = inside(left, kw, o.dilation[1], width);
          for (std::int64_t a = v.begin; a < v.end; ++a) {
            for (std::int64_t b = u.begin; b < u.end; ++b) {
              const T* pixel = from + ((n * height + top + a * o.dilation[0]) * width + left +
                                       b * o.dilation[1]) *
                                          channels;
              for (std::int64_t g = 0; g < o.groups; ++g) {
                T* at = to + (g * rows + line * pixels + j) * row + a * kw + b;
                for (std::int64_t c = 0; c < in; ++c) at[c * area] = pixel[g * in + c];
              }
            }
          }
        }
      }
    });
  });
  return out;
}

}  // namespace core
