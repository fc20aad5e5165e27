#include "core/kernels/conv/window_moments.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/kernels/conv/conv2d.h"
#include "core/kernels/conv/im2col.h"
#include "core/kernels/conv/pixels.h"
#include "core/kernels/gemm.h"

namespace core {
namespace {

constexpr std::int64_t kFewChannels = 16;  // below it oneDNN has no fast correlation

/// Pixels [begin, end) along one axis, and the distances to those that they are multiplied with.
struct Strip {
  std::int64_t begin, end;
  std::int64_t least, most;

  std::int64_t size() const { return end - begin; }
  std::int64_t distances() const { return most - least + 1; }
};

/// One axis of the windows: `taps` of them at `pad` on an image of `size` pixels.  Tap t is
/// multiplied with taps t + d, where d is at least `least(t)`.
struct Axis {
  std::int64_t size, taps, pad;
  bool backwards;  // d < 0 too

  std::int64_t least(std::int64_t t) const { return backwards ? -t : 0; }
  Strip all() const { return {0, size, least(taps - 1), taps - 1}; }
  /// The strips that tap t does not see while the window moves over the image, without the
  /// distances that lead out of it.
  std::vector<Strip> unseen(std::int64_t t) const {
    std::vector<Strip> out;
    const std::int64_t first = std::clamp<std::int64_t>(t - pad, 0, size),
                       last = std::clamp<std::int64_t>(taps - 1 - t - pad, 0, size);
    if (first > 0) out.push_back({0, first, std::max(least(t), 1 - first), taps - 1 - t});
    if (last > 0) out.push_back({size - last, size, least(t), std::min(taps - 1 - t, last - 1)});
    return out;
  }
};

/// Correlations of an image with itself over pixels q: sum x[q, c] x[q + (dy, dx), c'] for
/// 0 <= dy < kh and |dx| < kw, a matrix (C, C) for each (dy, dx).
class Sums {
 public:
  Sums(const Tensor& x, std::int64_t kh, std::int64_t kw)
      : x_(x),
        kw_(kw),
        matrix_(x.shape()[3] * x.shape()[3]),
        sums_(static_cast<std::size_t>(matrix_ * kh * (2 * kw - 1)), 0.0) {}

  /// Adds those over the pixels in both strips, for their distances.
  void add(const Strip& rows, const Strip& columns) {
    const std::int64_t c = x_.shape()[3], kh = rows.distances(), kw = columns.distances();
    const Positions around[] = {{rows.begin + rows.least, rows.size() + kh - 1},
                                {columns.begin + columns.least, columns.size() + kw - 1}};
    const bool whole = rows.size() == x_.shape()[1] && columns.size() == x_.shape()[2];
    Tensor at = whole ? x_ : pixels(x_, {rows.begin, rows.size()}, {columns.begin, columns.size()}),
           near = pixels(x_, around[0], around[1]);
    Shape distances{c, c, kh, kw};
    if (kw == 1 && columns.size() == 1) {  // a column: the products are faster along a row
      at = at.reshape({at.shape()[0], 1, rows.size(), c});
      near = near.reshape({near.shape()[0], 1, around[0].count, c});
      distances = {c, c, 1, kh};
    }
    const Tensor part = conv2d_backward_weights(at, near, distances, {}).to(DType::f64);
    const auto from = part.data<double>();
    for (std::int64_t dy = 0; dy < kh; ++dy) {
      for (std::int64_t dx = 0; dx < kw; ++dx) {
        double* to = sums_.data() + place(rows.least + dy, columns.least + dx);
        for (std::int64_t i = 0; i < matrix_; ++i)
          to[i] += from[static_cast<std::size_t>((i * kh + dy) * kw + dx)];
      }
    }
  }
  void add(const std::vector<Strip>& rows, const std::vector<Strip>& columns) {
    for (const Strip& r : rows) {
      for (const Strip& c : columns) add(r, c);
    }
  }

  const double* matrix(std::int64_t dy, std::int64_t dx) const {
    return sums_.data() + place(dy, dx);
  }

 private:
  std::int64_t place(std::int64_t dy, std::int64_t dx) const {
    return (dy * (2 * kw_ - 1) + dx + kw_ - 1) * matrix_;
  }

  Tensor x_;
  std::int64_t kw_, matrix_;
  std::vector<double> sums_;
};

/// Two taps of the window, the second not before the first.
struct Taps {
  std::int64_t i, j, i2, j2;
};

/// The moments (K, K) while they are put together from matrices (C, C) of pairs of taps.
class Moments {
 public:
  Moments(std::int64_t channels, std::int64_t kh, std::int64_t kw)
      : channels_(channels),
        kh_(kh),
        kw_(kw),
        k_(channels * kh * kw),
        out_(Tensor::empty({1, k_, k_}, DType::f64)) {}

  /// sum(c * channels + c2): of channel c at the first tap and c2 at the second.
  template <class Sum>
  void place(const Taps& t, Sum sum) {
    const std::span<double> a = out_.writable<double>();
    const auto put = [&](std::int64_t p, std::int64_t q, double v) {
      a[static_cast<std::size_t>(p * k_ + q)] = v;
    };
    for (std::int64_t c = 0; c < channels_; ++c) {
      for (std::int64_t c2 = 0; c2 < channels_; ++c2)
        put(at(c, t.i, t.j), at(c2, t.i2, t.j2), sum(c * channels_ + c2));
    }
    for (std::int64_t c2 = 0; c2 < channels_; ++c2) {  // the same, seen from the second tap
      for (std::int64_t c = 0; c < channels_; ++c)
        put(at(c2, t.i2, t.j2), at(c, t.i, t.j), sum(c * channels_ + c2));
    }
  }
  Tensor take() { return std::move(out_); }

 private:
  std::int64_t at(std::int64_t c, std::int64_t i, std::int64_t j) const {
    return (c * kh_ + i) * kw_ + j;
  }

  std::int64_t channels_, kh_, kw_, k_;
  Tensor out_;
};

Tensor from_correlations(const Tensor& x, const Shape& w, const Conv2dOptions& options) {
  const std::int64_t kh = w[2], kw = w[3];
  const Axis rows{x.shape()[1], kh, options.pad[0], false},
      columns{x.shape()[2], kw, options.pad[1], true};
  const Sums none(x, kh, kw);
  Sums whole = none;
  whole.add(rows.all(), columns.all());
  std::vector<Sums> without_row(static_cast<std::size_t>(kh), none),
      without_column(static_cast<std::size_t>(kw), none);
  for (std::int64_t i = 0; i < kh; ++i)
    without_row[static_cast<std::size_t>(i)].add(rows.unseen(i), {columns.all()});
  for (std::int64_t j = 0; j < kw; ++j)
    without_column[static_cast<std::size_t>(j)].add({rows.all()}, columns.unseen(j));

  Moments moments(w[1], kh, kw);
  for (std::int64_t i = 0; i < kh; ++i) {
    for (std::int64_t j = 0; j < kw; ++j) {
      Sums without_either = none;
      without_either.add(rows.unseen(i), columns.unseen(j));
      for (std::int64_t i2 = i; i2 < kh; ++i2) {
        for (std::int64_t j2 = i2 == i ? j : 0; j2 < kw; ++j2) {
          const auto of = [&](const Sums& sums) { return sums.matrix(i2 - i, j2 - j); };
          const double *all = of(whole), *row = of(without_row[static_cast<std::size_t>(i)]),
                       *column = of(without_column[static_cast<std::size_t>(j)]),
                       *both = of(without_either);
          moments.place({i, j, i2, j2},
                        [=](std::int64_t at) { return all[at] - row[at] - column[at] + both[at]; });
        }
      }
    }
  }
  return moments.take();
}

}  // namespace

Tensor window_moments(const Tensor& x, const Shape& w, const Conv2dOptions& options) {
  conv2d_shape(x.shape(), w, options);  // throws what does not fit
  using Pair = std::array<std::int64_t, 2>;
  const bool shifts = options.stride == Pair{1, 1} && options.dilation == Pair{1, 1} &&
                      options.groups == 1 && w[1] >= kFewChannels && w[2] * w[3] > 1;
  const bool wide = x.shape()[1] >= 2 * w[2] && x.shape()[2] >= 2 * w[3];  // strips are few pixels
  if (shifts && wide) return from_correlations(x, w, options);
  return gram_matrix(im2col(x, w, options)).to(DType::f64);
}

}  // namespace core
