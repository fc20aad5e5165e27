#include "core/kernels/move.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/element.h"
#include "core/kernels/loops/odometer.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kCopyGrain = 1 << 16;  // bytes that are worth a thread

/// y[i * stride_y + j] = x[j * stride_x + i] for a tile.
template <class T>
[[gnu::noinline]] void transpose_tile(const T* __restrict x, std::int64_t stride_x, T* __restrict y,
                                      std::int64_t stride_y, std::int64_t rows,
                                      std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) y[i * stride_y + j] = x[j * stride_x + i];
  }
}

/// Copies `bytes` from each place of `runs` to another; its offsets are counted in `width` bytes.
/// Long runs are cut, so that a few of them feed all threads.
void copy_runs(const Walk& runs, std::int64_t width, std::int64_t bytes, const std::byte* from,
               std::byte* to) {
  if (bytes == 0) return;
  parallel_for(runs.count() * bytes, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    Walker walker(runs, begin / bytes);
    for (std::int64_t skip = begin % bytes; begin < end; walker.next(), skip = 0) {
      const std::int64_t count = std::min(bytes - skip, end - begin);
      std::memcpy(to + walker.offset[1] * width + skip, from + walker.offset[0] * width + skip,
                  static_cast<std::size_t>(count));
      begin += count;
    }
  });
}

/// Another axis becomes the last: square tiles of (that axis, the contiguous one), so that both
/// sides touch whole cache lines.  Offsets of `axes` are into x and y.
template <class T>
void transpose(const Walk& axes, const T* from, T* to) {
  constexpr std::int64_t kTile = 32;
  const auto last = static_cast<std::size_t>(axes.rank - 1);
  std::size_t inner = 0;  // contiguous in x
  while (axes.stride[inner][0] != 1) ++inner;
  Walk outer;
  for (std::size_t i = 0; i < last; ++i) {
    if (i == inner) continue;
    outer.extent[static_cast<std::size_t>(outer.rank)] = axes.extent[i];
    outer.stride[static_cast<std::size_t>(outer.rank++)] = axes.stride[i];
  }
  const std::int64_t rows = axes.extent[inner], columns = axes.extent[last];
  const std::int64_t stride_x = axes.stride[last][0], stride_y = axes.stride[inner][1];
  const std::int64_t strips = (rows + kTile - 1) / kTile;
  parallel_for(outer.count() * strips, row_grain(std::min(rows, kTile) * columns),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t item = begin; item < end; ++item) {
                   const Walker walker(outer, item / strips);
                   const std::int64_t i = item % strips * kTile;
                   const T* x = from + walker.offset[0] + i;
                   T* y = to + walker.offset[1] + i * stride_y;
                   for (std::int64_t j = 0; j < columns; j += kTile) {
                     transpose_tile(x + j * stride_x, stride_x, y + j, stride_y,
                                    std::min(kTile, rows - i), std::min(kTile, columns - j));
                   }
                 }
               });
}

/// A tensor seen as (outer, extent, inner) around one axis; inner in bytes.
struct Around {
  std::int64_t outer = 1, extent, inner;
  Around(const Shape& shape, int axis, DType dtype)
      : extent(shape[axis]), inner(static_cast<std::int64_t>(size_of(dtype))) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

void require_slice(std::string_view op, const Shape& x, int axis, std::int64_t begin,
                   std::int64_t count, std::int64_t step) {
  require(
      op,
      begin >= 0 && count >= 0 && step >= 1 && (count == 0 || begin + (count - 1) * step < x[axis]),
      "range must lie in the axis; got begin {}, count {}, step {}, axis {} of {}", begin, count,
      step, axis, x);
}

/// Copies between a slice and a dense tensor; `gather` says which way.
void move_slice(const std::byte* from, std::byte* to, const Around& x, std::int64_t begin,
                std::int64_t count, std::int64_t step, bool gather) {
  const bool whole = step == 1 || count <= 1;  // what one place of the outer axes has in a row
  Walk runs;
  const auto push = [&](std::int64_t n, std::int64_t in_x, std::int64_t in_slice) {
    runs.push(n, gather ? in_x : in_slice, gather ? in_slice : in_x);
  };
  push(x.outer, x.extent * x.inner, count * x.inner);
  if (!whole) push(count, step * x.inner, x.inner);
  if (gather)
    from += begin * x.inner;
  else
    to += begin * x.inner;
  copy_runs(runs, 1, whole ? count * x.inner : x.inner, from, to);
}

Shape patches_shape(std::string_view op, const Shape& x, std::int64_t p) {
  require(op, x.rank() == 4 && p >= 1,
          "x must be N,H,W,C and the patch positive; got x {}, patch {}", x, p);
  require(op, x[1] % p == 0 && x[2] % p == 0,
          "H and W must be multiples of the patch; got x {}, patch {}", x, p);
  return Shape{x[0], (x[1] / p) * (x[2] / p), x[3] * p * p};
}

/// Copies between an image and its patches; `gather` says which way.  One item is one row of
/// patches.
template <class T>
void move_patches(const T* from, T* to, const Shape& x, std::int64_t p, bool gather) {
  const std::int64_t width = x[2], channels = x[3], across = width / p, down = x[1] / p;
  parallel_for(x[0] * down, row_grain(p * width * channels),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t r = begin; r < end; ++r) {
                   const std::int64_t strip =
                       r * p * width * channels;  // the same offset in image and patches
                   for (std::int64_t q = 0; q < across; ++q) {
                     for (std::int64_t c = 0; c < channels; ++c) {
                       for (std::int64_t i = 0; i < p; ++i) {
                         const std::int64_t image = strip + (i * width + q * p) * channels + c;
                         const std::int64_t patch = strip + ((q * channels + c) * p + i) * p;
                         if (gather) {
                           for (std::int64_t j = 0; j < p; ++j)
                             to[patch + j] = from[image + j * channels];
                         } else {
                           for (std::int64_t j = 0; j < p; ++j)
                             to[image + j * channels] = from[patch + j];
                         }
                       }
                     }
                   }
                 }
               });
}

}  // namespace

Tensor permute(const Tensor& x, std::span<const int> order) {
  const int rank = x.shape().rank();
  bool valid = static_cast<int>(order.size()) == rank;
  std::array<bool, Shape::kMaxRank> seen{};
  for (const int axis : order) {
    valid = valid && axis >= 0 && axis < rank && !seen[static_cast<std::size_t>(axis)];
    if (valid) seen[static_cast<std::size_t>(axis)] = true;
  }
  require("permute", valid, "order must name every axis once; got {} axes, x {}", order.size(),
          x.shape());
  std::array<std::int64_t, Shape::kMaxRank> dims{}, stride_x{}, stride_y{};
  std::int64_t step = 1;
  for (int i = rank - 1; i >= 0; --i) {
    stride_x[static_cast<std::size_t>(i)] = step;
    step *= x.shape()[i];
  }
  step = 1;
  for (int i = rank - 1; i >= 0; --i) {
    const auto k = static_cast<std::size_t>(i);
    dims[k] = x.shape()[order[k]];
    stride_y[k] = step;
    step *= dims[k];
  }
  const Shape shape(std::span<const std::int64_t>(dims.data(), order.size()));
  Walk axes;
  for (std::size_t k = 0; k < order.size(); ++k) {
    axes.push(dims[k], stride_x[static_cast<std::size_t>(order[k])], stride_y[k]);
  }
  if (axes.rank <= 1 || x.numel() == 0) return x.reshape(shape);
  Tensor y = Tensor::empty(shape, x.dtype());
  std::byte* to = y.raw_writable();
  const auto last = static_cast<std::size_t>(axes.rank - 1);
  if (axes.stride[last][0] == 1) {  // it is last in x too: whole runs
    Walk outer = axes;
    --outer.rank;
    const auto width = static_cast<std::int64_t>(size_of(x.dtype()));
    copy_runs(outer, width, axes.extent[last] * width, x.raw(), to);
  } else {
    by_width(x.dtype(), [&]<class T>(T) {
      transpose(axes, reinterpret_cast<const T*>(x.raw()), reinterpret_cast<T*>(to));
    });
  }
  return y;
}

Tensor concat(std::span<const Tensor> parts, int axis) {
  require("concat", !parts.empty(), "there must be at least one part; got {}", parts.size());
  const Tensor& head = parts[0];
  axis = head.shape().axis(axis);
  std::int64_t extent = 0;
  for (const Tensor& part : parts) {
    require("concat",
            part.dtype() == head.dtype() && part.shape().rank() == head.shape().rank() &&
                part.shape().with(axis, 0) == head.shape().with(axis, 0),
            "dtypes and other extents must agree; got {} {} and {} {} along axis {}", head.dtype(),
            head.shape(), part.dtype(), part.shape(), axis);
    extent += part.shape()[axis];
  }
  if (parts.size() == 1) return head;
  Tensor y = Tensor::empty(head.shape().with(axis, extent), head.dtype());
  const Around whole(y.shape(), axis, y.dtype());
  std::byte* to = y.raw_writable();
  for (const Tensor& part : parts) {
    const std::int64_t row = part.shape()[axis] * whole.inner;
    Walk rows;
    rows.push(whole.outer, row, whole.extent * whole.inner);
    copy_runs(rows, 1, row, part.raw(), to);
    to += row;
  }
  return y;
}

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t count, std::int64_t step) {
  axis = x.shape().axis(axis);
  require_slice("slice", x.shape(), axis, begin, count, step);
  if (axis == 0 && step == 1) return x.rows(begin, count);
  Tensor y = Tensor::empty(x.shape().with(axis, count), x.dtype());
  move_slice(x.raw(), y.raw_writable(), Around(x.shape(), axis, x.dtype()), begin, count, step,
             true);
  return y;
}

Tensor slice_backward(const Tensor& dy, const Shape& x_shape, int axis, std::int64_t begin,
                      std::int64_t step) {
  axis = x_shape.axis(axis);
  require("slice_backward",
          dy.shape().rank() == x_shape.rank() && dy.shape().with(axis, 0) == x_shape.with(axis, 0),
          "extents other than axis {} must agree; got dy {}, x {}", axis, dy.shape(), x_shape);
  const std::int64_t count = dy.shape()[axis];
  require_slice("slice_backward", x_shape, axis, begin, count, step);
  Tensor dx = Tensor::zeros(x_shape, dy.dtype());
  move_slice(dy.raw(), dx.raw_writable(), Around(x_shape, axis, dy.dtype()), begin, count, step,
             false);
  return dx;
}

Tensor pad(const Tensor& x, int axis, std::int64_t before, std::int64_t after) {
  axis = x.shape().axis(axis);
  require("pad", before >= 0 && after >= 0, "amounts must not be negative; got {} and {}, x {}",
          before, after, x.shape());
  if (before == 0 && after == 0) return x;
  return slice_backward(x, x.shape().with(axis, x.shape()[axis] + before + after), axis, before);
}

Shape gathered_shape(std::string_view op, const Shape& x, std::span<const std::int64_t> index) {
  require(op, x.rank() >= 1, "rank must be at least 1; got x {}", x);
  for (const std::int64_t i : index)
    require(op, i >= 0 && i < x[0], "index must be in the first axis; got {}, x {}", i, x);
  return x.with(0, static_cast<std::int64_t>(index.size()));
}

Tensor gather_rows(const Tensor& x, std::span<const std::int64_t> index) {
  Tensor y = Tensor::empty(gathered_shape("gather_rows", x.shape(), index), x.dtype());
  if (y.numel() == 0) return y;
  const std::int64_t count = y.shape()[0];
  const std::size_t bytes = x.byte_size() / static_cast<std::size_t>(x.shape()[0]);
  const std::byte* from = x.raw();
  std::byte* to = y.raw_writable();
  parallel_for(
      count, row_grain(static_cast<std::int64_t>(bytes / 4)),
      [&](std::int64_t begin, std::int64_t end) {
        for (auto r = static_cast<std::size_t>(begin); r < static_cast<std::size_t>(end); ++r) {
          std::memcpy(to + r * bytes, from + static_cast<std::size_t>(index[r]) * bytes, bytes);
        }
      });
  x.release();
  return y;
}

Tensor patches(const Tensor& x, std::int64_t patch) {
  Tensor y = Tensor::empty(patches_shape("patches", x.shape(), patch), x.dtype());
  std::byte* to = y.raw_writable();
  by_width(x.dtype(), [&]<class T>(T) {
    move_patches(reinterpret_cast<const T*>(x.raw()), reinterpret_cast<T*>(to), x.shape(), patch,
                 true);
  });
  return y;
}

Tensor patches_backward(const Tensor& dy, const Shape& x_shape, std::int64_t patch) {
  const Shape expected = patches_shape("patches_backward", x_shape, patch);
  require("patches_backward", dy.shape() == expected,
          "dy must have the shape of the patches; got dy {}, not {}", dy.shape(), expected);
  Tensor dx = Tensor::empty(x_shape, dy.dtype());
  std::byte* to = dx.raw_writable();
  by_width(dy.dtype(), [&]<class T>(T) {
    move_patches(reinterpret_cast<const T*>(dy.raw()), reinterpret_cast<T*>(to), x_shape, patch,
                 false);
  });
  return dx;
}

}  // namespace core
