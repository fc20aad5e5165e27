#include "core/kernels/conv/winograd.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/element.h"
#include "core/kernels/conv/winograd_products.h"
#include "core/kernels/conv/winograd_tile.h"
#include "core/system/threads.h"

namespace core::winograd {
namespace {

constexpr Index kFewestTiles = 2 * kRows;
// Of tiles that a thread transforms at a time: they stay in a core's second cache.
constexpr Index kBlockBytes = 400 << 10;
constexpr Index kMostSlices = 4;  // of the tiles behind a weight gradient

Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

/// From one of the 36 matrices to the next: an odd number of cache lines, so that the 36 places of
/// one element lie in different sets of the caches.
Index spaced(Index values) {
  constexpr Index kLine = 16;
  return (ceil_div(values, kLine) | 1) * kLine;
}

/// Tiles that one thread transforms at a time.
Index block_tiles(Index inputs, Index outputs) {
  const Index wanted = kBlockBytes / (kPoints * (inputs + outputs) * Index{sizeof(float)});
  return std::max(wanted / kRows * kRows, kFewestTiles);
}
/// A batch of images cut into tiles, 4 pixels apart; the first begins at (-pad_y, -pad_x).
struct Plane {
  Index rows, columns, channels;
  Index pad_y, pad_x;
  Index tiles_y, tiles_x;

  /// Calls fn(pixels, row, column) for tiles [begin, end): where the image starts and where the
  /// tile's first pixel is.
  template <class T, class Fn>
  void for_tiles(T* data, Index begin, Index end, Fn&& fn) const {
    for (Index tile = begin; tile < end; ++tile) {
      const Index image = tile / (tiles_y * tiles_x), at = tile % (tiles_y * tiles_x);
      fn(tile - begin, data + image * rows * columns * channels, at / tiles_x * kOut - pad_y,
         at % tiles_x * kOut - pad_x);
    }
  }
  bool holds(Index row, Index column) const {
    return row >= 0 && row < rows && column >= 0 && column < columns;
  }
};

/// Transformed tiles: 36 spaced matrices (channels / kLanes, tiles, kLanes).
struct Room {
  Index channels, tiles;
  Index point() const { return spaced(channels * tiles); }
  Index at(Index channel, Index tile) const { return channel * tiles + tile * kLanes; }
};

/// One tile of Size x Size pixels that begins at (row, column), `p` channels into the image.
template <int Size, class T, class Along>
inline void transform_tile(const T* p, const Plane& plane, Index row, Index column, Along along,
                           float* to, Index point) {
  const Index line = plane.columns * plane.channels;
  const auto put = [&](int y, int x, Lanes v) { write(to + (y * kIn + x) * point, v); };
  if (plane.holds(row, column) && plane.holds(row + Size - 1, column + Size - 1)) {
    const T* from = p + row * line + column * plane.channels;
    both_axes<Size, kIn>([&](int y, int x) { return read(from + y * line + x * plane.channels); },
                         along, put);
  } else {
    both_axes<Size, kIn>(
        [&](int y, int x) {
          if (!plane.holds(row + y, column + x)) return Lanes{};
          return read(p + (row + y) * line + (column + x) * plane.channels);
        },
        along, put);
  }
}

template <int Size, class T, class Along>
void transform_tiles(const T* x, const Plane& plane, Index begin, Index end, float* to,
                     const Room& room, Along along) {
  plane.for_tiles(x, begin, end, [&](Index tile, const T* image, Index row, Index column) {
    for (Index c = 0; c < plane.channels; c += kLanes)
      transform_tile<Size>(image + c, plane, row, column, along, to + room.at(c, tile),
                           room.point());
  });
}

/// The way back: 4x4 outputs of each tile, those outside the image left out.
template <class T>
void finish_tiles(const float* from, const Room& room, const Plane& plane, Index begin, Index end,
                  const float* bias, bool relu, T* y) {
  const Index channels = plane.channels, line = plane.columns * channels;
  const Lanes floor = Lanes{} + (relu ? 0.0f : -std::numeric_limits<float>::infinity());
  plane.for_tiles(y, begin, end, [&](Index tile, T* image, Index row, Index column) {
    const Index rows = plane.rows - row, columns = plane.columns - column;
    for (Index c = 0; c < channels; c += kLanes) {
      const float* p = from + room.at(c, tile);
      T* to = image + row * line + column * channels + c;
      const Lanes b = bias == nullptr ? Lanes{} : read(bias + c);
      both_axes<kIn, kOut>([&](int i, int j) { return read(p + (i * kIn + j) * room.point()); },
                           [](const auto& m, auto& out) { transform_output(m, out); },
                           [&](int i, int j, Lanes v) {
                             v += b;
                             if (i < rows && j < columns)
                               write(to + i * line + j * channels, v < floor ? floor : v);
                           });
    }
  });
}

/// Transformed taps as 36 spaced matrices (to / width, from, width) with blocks of `width` outputs,
/// so that the products read them in order.  `turned`: those of the correlation that gives the
/// input's gradient, turned by half a circle, from outputs to inputs.
Tensor transform_weights(const Tensor& w, bool turned, Precision precision) {
  const Index O = w.shape()[0], I = w.shape()[1];
  const Index from = turned ? O : I, to = turned ? I : O;
  const Index width = columns_of(to) * kLanes;
  const Index point = spaced(from * to);
  Tensor out = Tensor::empty({kPoints, point});
  const Tensor wide = (precision == Precision::bf16 ? w.to(DType::bf16) : w).to(DType::f32);
  const float* taps = wide.data<float>().data();
  const Index apart = turned ? kTaps * kTaps : I * kTaps * kTaps;  // of neighbours in a vector
  float* u = out.writable<float>().data();
  parallel_for(from, 4, [&](Index begin, Index end) {
    for (Index t = 0; t < to; t += kLanes) {
      for (Index f = begin; f < end; ++f) {
        const float* first = taps + (turned ? f * I + t : t * I + f) * (kTaps * kTaps);
        Lanes lanes[kTaps * kTaps]{};
        each<kTaps * kTaps>([&](auto tap) {
          constexpr int k = tap;
          each<kLanes>([&](auto lane) {
            constexpr int l = lane;
            lanes[k][l] = first[l * apart + k];
          });
        });
        float* at = u + (t / width * from + f) * width + t % width;
        both_axes<kTaps, kIn>(
            [&](auto y, auto x) {
              constexpr int k = y * kTaps + x;
              return turned ? lanes[kTaps * kTaps - 1 - k] : lanes[k];
            },
            [](const auto& g, auto& made) { transform_taps(g, made); },
            [&](int y, int x, Lanes v) { write(at + (y * kIn + x) * point, v); });
      }
    }
  });
  return out;
}

/// y of a correlation with transformed taps; `pad` is that of x.
template <class From, class To>
void correlate(const Tensor& x, const Tensor& u, Index pad_y, Index pad_x, const Tensor* bias,
               bool relu, Tensor& y) {
  const Index inputs = x.shape()[3], outputs = y.shape()[3];
  const Index tiles_y = ceil_div(y.shape()[1], kOut), tiles_x = ceil_div(y.shape()[2], kOut);
  const Plane in{x.shape()[1], x.shape()[2], inputs, pad_y, pad_x, tiles_y, tiles_x};
  const Plane out{y.shape()[1], y.shape()[2], outputs, 0, 0, tiles_y, tiles_x};
  const Index tiles = x.shape()[0] * tiles_y * tiles_x;
  const Index block = block_tiles(inputs, outputs);
  const From* from = x.data<From>().data();
  To* to = y.writable<To>().data();
  const float* weights = u.data<float>().data();
  const float* b = bias == nullptr ? nullptr : bias->data<float>().data();
  const auto product = columns_of(outputs) == 2 ? multiply<2> : multiply<1>;
  const Index groups = ceil_div(tiles, kRest);
  const Index pieces = std::min<Index>(threads(), groups);
  const Index most_v = kPoints * spaced(block * inputs), most_m = kPoints * spaced(block * outputs);
  Tensor v_room = Tensor::empty({pieces, most_v}), m_room = Tensor::empty({pieces, most_m});
  float* v_rooms = v_room.writable<float>().data();
  float* m_rooms = m_room.writable<float>().data();
  const auto run = [&](Index piece) {
    float *v = v_rooms + piece * most_v, *m = m_rooms + piece * most_m;
    const Index limit = std::min(groups * (piece + 1) / pieces * kRest, tiles);
    for (Index begin = groups * piece / pieces * kRest; begin < limit; begin += block) {
      const Index end = std::min(begin + block, limit);
      // what stands in the room beyond the last tile is multiplied too, and not read
      const Index count = ceil_div(end - begin, kRest) * kRest;
      const Room v_of{inputs, count}, m_of{outputs, count};
      transform_tiles<kIn>(from, in, begin, end, v, v_of,
                           [](const auto& d, auto& t) { transform_input(d, t); });
      for (Index i = 0; i < kPoints; ++i)
        product(v + i * v_of.point(), count, inputs, weights + i * spaced(inputs * outputs),
                outputs, m + i * m_of.point());
      finish_tiles(m, m_of, out, begin, end, b, relu, to);
    }
  };
  parallel_for(pieces, 1, [&](Index first, Index last) {
    for (Index piece = first; piece < last; ++piece) run(piece);
  });
}

void correlate(const Tensor& x, const Tensor& u, Index pad_y, Index pad_x, const Tensor* bias,
               bool relu, Tensor& y) {
  const bool narrow = x.dtype() == DType::bf16;
  if (narrow && y.dtype() == DType::bf16)
    correlate<bf16, bf16>(x, u, pad_y, pad_x, bias, relu, y);
  else if (narrow)
    correlate<bf16, float>(x, u, pad_y, pad_x, bias, relu, y);
  else
    correlate<float, float>(x, u, pad_y, pad_x, bias, relu, y);
}

/// dw from sums (slices, 36 spaced matrices, I, O) over `tiles`.  A tap that saw nothing has no
/// gradient: what is left of its neighbours there, below the rounding error of sums of that length,
/// is returned as zero.
void finish_weights(const float* p, Index slices, Index inputs, Index outputs, Index tiles,
                    float* dw) {
  const float noise = 0x1p-24f * (8.0f + std::sqrt(static_cast<float>(tiles)));
  const Index point = spaced(inputs * outputs);
  parallel_for(inputs, 4, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      for (Index o = 0; o < outputs; o += kLanes) {
        const float* from = p + i * outputs + o;
        float* to = dw + (o * inputs + i) * (kTaps * kTaps);
        Lanes sums[kPoints], largest{};
        for (Index k = 0; k < kPoints; ++k) {
          sums[k] = read(from + k * point);
          for (Index s = 1; s < slices; ++s) sums[k] += read(from + (s * kPoints + k) * point);
          const Lanes size = sums[k] < 0.0f ? -sums[k] : sums[k];
          largest = size < largest ? largest : size;
        }
        both_axes<kIn, kTaps>([&](int y, int x) { return sums[y * kIn + x]; },
                              [](const auto& m, auto& taps) { transform_tap_slope(m, taps); },
                              [&](int y, int x, Lanes tap) {
                                const Lanes size = tap < 0.0f ? -tap : tap;
                                tap = size < noise * largest ? Lanes{} : tap;
                                for (int l = 0; l < kLanes; ++l)
                                  to[l * inputs * (kTaps * kTaps) + y * kTaps + x] = tap[l];
                              });
      }
    }
  });
}

/// What the gradient of the weights of one convolution is summed from.
template <class T>
struct Gradient {
  const T* x;
  const T* dy;
  Plane in, out;

  /// p (36 spaced matrices, I, O) = the sums over tiles [begin, end), at most `most` of them
  /// transformed at a time, to `room`, behind one another.
  void add(Index begin, Index end, Index most, float* room, float* p) const {
    const Index chunk = ceil_div(end - begin, ceil_div(end - begin, most));
    const Index inputs = in.channels, outputs = out.channels, parts = inputs / kLanes;
    const auto product = columns_of(outputs) == 2 ? accumulate<2> : accumulate<1>;
    float* v = room;
    float* d = room + kPoints * spaced(chunk * inputs);
    for (bool fresh = true; begin < end; begin += chunk, fresh = false) {
      const Index count = std::min(chunk, end - begin);
      const Room v_of{inputs, count}, d_of{outputs, count};
      parallel_for(count, kRows, [&](Index first, Index last) {
        transform_tiles<kIn>(x, in, begin + first, begin + last, v + first * kLanes, v_of,
                             [](const auto& a, auto& t) { transform_input(a, t); });
        transform_tiles<kOut>(dy, out, begin + first, begin + last, d + first * kLanes, d_of,
                              [](const auto& a, auto& t) { transform_slope(a, t); });
      });
      // cut by inputs too: 36 matrices alone would not feed many threads evenly
      parallel_for(kPoints * parts, 1, [&](Index first, Index last) {
        for (Index at = first; at < last;) {
          const Index i = at / parts, stop = std::min(last, (i + 1) * parts);
          product(v + i * v_of.point(), (at - i * parts) * kLanes, (stop - i * parts) * kLanes,
                  d + i * d_of.point(), outputs, count, p + i * spaced(inputs * outputs), fresh);
          at = stop;
        }
      });
    }
  }
};

/// Tiles are cut into slices with sums of their own, as many as cost little beside the transformed
/// tiles; their number depends on shapes only.  A thread takes a slice where there are enough of
/// them: what it transforms then stays in its own cache.  Otherwise all threads work on each.
template <class T>
void weight_gradient(const Tensor& dy, const Tensor& x, const Conv2dOptions& options, Tensor& dw) {
  const Index inputs = x.shape()[3], outputs = dy.shape()[3];
  const Index tiles_y = ceil_div(dy.shape()[1], kOut), tiles_x = ceil_div(dy.shape()[2], kOut);
  const Plane in{x.shape()[1],   x.shape()[2], inputs, options.pad[0],
                 options.pad[1], tiles_y,      tiles_x};
  const Plane out{dy.shape()[1], dy.shape()[2], outputs, 0, 0, tiles_y, tiles_x};
  const Index tiles = x.shape()[0] * tiles_y * tiles_x;
  const Gradient<T> gradient{x.data<T>().data(), dy.data<T>().data(), in, out};
  const Index slices =
      std::clamp(tiles * (inputs + outputs) / (2 * inputs * outputs), Index{1}, kMostSlices);
  const Index of_slice = kPoints * spaced(inputs * outputs);
  Tensor sums = Tensor::empty({slices, of_slice});
  float* p = sums.writable<float>().data();
  const bool apart = slices >= threads();
  const Index block = block_tiles(inputs, outputs) * (apart ? 1 : threads());
  const Index most = kPoints * (spaced(block * inputs) + spaced(block * outputs));
  Tensor rooms = Tensor::empty({apart ? slices : 1, most});
  float* room = rooms.writable<float>().data();
  const auto add = [&](Index first, Index last) {
    for (Index slice = first; slice < last; ++slice)
      gradient.add(tiles * slice / slices, tiles * (slice + 1) / slices, block,
                   room + (apart ? slice * most : 0), p + slice * of_slice);
  };
  if (apart)
    parallel_for(slices, 1, add);
  else
    add(0, slices);
  finish_weights(p, slices, inputs, outputs, tiles, dw.writable<float>().data());
}

}  // namespace

void forward(const Tensor& x, const Tensor& w, const Tensor* bias, const Conv2dOptions& options,
             Tensor& y) {
  correlate(x, transform_weights(w, false, options.precision), options.pad[0], options.pad[1], bias,
            options.relu, y);
}

void backward_data(const Tensor& dy, const Tensor& w, const Conv2dOptions& options, Tensor& dx) {
  correlate(dy, transform_weights(w, true, options.precision), kTaps - 1 - options.pad[0],
            kTaps - 1 - options.pad[1], nullptr, false, dx);
}

void backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions& options, Tensor& dw) {
  if (x.dtype() == DType::bf16)
    weight_gradient<bf16>(dy, x, options, dw);
  else
    weight_gradient<float>(dy, x, options, dw);
}

}  // namespace core::winograd
