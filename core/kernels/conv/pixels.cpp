#include "core/kernels/conv/pixels.h"

#include <algorithm>
#include <cstring>

#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kGrainBytes = 1 << 16;

void check(std::string_view op, const Shape& x, const Positions& rows, const Positions& columns) {
  require(
      op,
      x.rank() == 4 && rows.count >= 0 && columns.count >= 0 && rows.step >= 1 && columns.step >= 1,
      "x must be N,H,W,C, counts >= 0 and steps >= 1; got x {}, counts {}, {}, steps {}, {}", x,
      rows.count, columns.count, rows.step, columns.step);
}

/// Those of the positions, by number, that lie in an axis of `extent` pixels.
struct Inside {
  std::int64_t begin, end;
  Inside(const Positions& p, std::int64_t extent)
      : begin(std::min(p.count, p.begin >= 0 ? 0 : (-p.begin + p.step - 1) / p.step)),
        end(std::clamp(p.begin >= extent ? 0 : (extent - 1 - p.begin) / p.step + 1, begin,
                       p.count)) {}
};

void zero(std::byte* to, std::int64_t bytes) {
  std::memset(to, 0, static_cast<std::size_t>(bytes));
}
void copy(std::byte* to, const std::byte* from, std::int64_t bytes) {
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

std::int64_t pixel_bytes(const Shape& x, DType dtype) {
  return x[3] * static_cast<std::int64_t>(size_of(dtype));
}

/// Copies the pixels that lie in the image from its line to the dense one, or the other way round.
void copy_line(std::byte* to, const Positions& at_to, const std::byte* from,
               const Positions& at_from, const Inside& along, std::int64_t pixel) {
  if (along.begin == along.end) return;
  const bool run = at_to.step == 1 && at_from.step == 1;
  const std::int64_t pixels = run ? along.end - along.begin : 1;
  for (std::int64_t j = along.begin; j < along.end; j += pixels)
    copy(to + at_to.at(j) * pixel, from + at_from.at(j) * pixel, pixels * pixel);
}

/// fn(image, row) for all rows of all images, in parallel.
template <class Fn>
void for_rows(std::int64_t images, std::int64_t rows, std::int64_t row_bytes, Fn&& fn) {
  const std::int64_t grain =
      std::max<std::int64_t>(1, kGrainBytes / std::max<std::int64_t>(row_bytes, 1));
  parallel_for(images * rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) fn(i / rows, i % rows);
  });
}

}  // namespace

Tensor pixels(const Tensor& x, const Positions& rows, const Positions& columns) {
  const Shape& s = x.shape();
  check("pixels", s, rows, columns);
  Tensor y = Tensor::empty({s[0], rows.count, columns.count, s[3]}, x.dtype());
  if (y.numel() == 0) return y;
  const std::int64_t pixel = pixel_bytes(s, x.dtype()), line = s[2] * pixel;
  const std::int64_t made = columns.count * pixel;
  const Inside down(rows, s[1]), along(columns, s[2]);
  const Positions dense{0, columns.count};
  const std::byte* from = x.raw();
  std::byte* to = y.raw_writable();
  for_rows(s[0], rows.count, made, [&](std::int64_t image, std::int64_t i) {
    std::byte* out = to + (image * rows.count + i) * made;
    if (i < down.begin || i >= down.end) return zero(out, made);
    const std::byte* in = from + (image * s[1] + rows.at(i)) * line;
    zero(out, along.begin * pixel);
    zero(out + along.end * pixel, (columns.count - along.end) * pixel);
    copy_line(out, dense, in, columns, along, pixel);
  });
  return y;
}

Tensor pixels_backward(const Tensor& dy, const Shape& x_shape, const Positions& rows,
                       const Positions& columns) {
  check("pixels_backward", x_shape, rows, columns);
  require("pixels_backward", dy.shape() == Shape{x_shape[0], rows.count, columns.count, x_shape[3]},
          "dy must have one pixel for each row and column; got dy {}, x {}, {} rows, {} columns",
          dy.shape(), x_shape, rows.count, columns.count);
  Tensor dx = Tensor::empty(x_shape, dy.dtype());
  if (dx.numel() == 0) return dx;
  const std::int64_t pixel = pixel_bytes(x_shape, dy.dtype()), line = x_shape[2] * pixel;
  const std::int64_t made = columns.count * pixel;
  const Inside down(rows, x_shape[1]), along(columns, x_shape[2]);
  const Positions dense{0, columns.count};
  const std::byte* from = dy.raw();
  std::byte* to = dx.raw_writable();
  for_rows(x_shape[0], x_shape[1], line, [&](std::int64_t image, std::int64_t row) {
    std::byte* out = to + (image * x_shape[1] + row) * line;
    zero(out, line);
    const std::int64_t i = (row - rows.begin) / rows.step;
    if (row < rows.begin || i < down.begin || i >= down.end || rows.at(i) != row) return;
    const std::byte* in = from + (image * rows.count + i) * made;
    copy_line(out, columns, in, dense, along, pixel);
  });
  return dx;
}

}  // namespace core
