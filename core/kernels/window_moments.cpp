#include "core/kernels/window_moments.h"

#include <algorithm>
#include <vector>

#include "core/kernels/gemm.h"
#include "core/kernels/im2col.h"
#include "core/kernels/pixels.h"

namespace core {
namespace {

constexpr std::int64_t kFewChannels = 16;  // below it oneDNN has no fast correlation

/// Pixels along one axis.
struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
};

/// The pixels of x in both ranges, zeros outside the image.
Tensor cut(const Tensor& x, Range rows, Range columns) {
  return pixels(x, {rows.begin, rows.size()}, {columns.begin, columns.size()});
}

/// One axis of the windows: `taps` of them at `pad` on an image of `size` pixels.
struct Axis {
  std::int64_t size, taps, pad;

  /// The pixels that tap t sees while the window moves over the image.
  Range seen(std::int64_t t) const {
    const std::int64_t out = size + 2 * pad - taps + 1;
    return {std::clamp<std::int64_t>(t - pad, 0, size),
            std::clamp<std::int64_t>(t - pad + out, 0, size)};
  }
  /// The strips that it does not see.
  std::vector<Range> unseen(std::int64_t t) const {
    std::vector<Range> out;
    const Range in = seen(t);
    if (in.begin > 0) out.push_back({0, in.begin});
    if (in.end < size) out.push_back({in.end, size});
    return out;
  }
  std::vector<Range> all() const { return {{0, size}}; }
};

/// Correlations of an image with itself, over pixels q of chosen rows and columns:
/// sum x[q, c] x[q + (dy, dx), c'] for 0 <= dy < kh and |dx| < kw, as (C, C, kh, 2 kw - 1).
class Correlations {
 public:
  Correlations(const Tensor& x, std::int64_t kh, std::int64_t kw)
      : x_(x), kh_(kh), kw_(kw), shape_{x.shape()[3], x.shape()[3], kh, 2 * kw - 1} {}

  /// Those over the pixels in both, added over all pairs of strips.
  std::vector<double> over(const std::vector<Range>& rows,
                           const std::vector<Range>& columns) const {
    std::vector<double> to(static_cast<std::size_t>(shape_.numel()), 0.0);
    for (const Range& r : rows) {
      for (const Range& c : columns) {
        const bool whole = r.size() == x_.shape()[1] && c.size() == x_.shape()[2];
        const Tensor at = whole ? x_ : cut(x_, r, c);
        const Tensor around =
            cut(x_, {r.begin, r.end + kh_ - 1}, {c.begin - kw_ + 1, c.end + kw_ - 1});
        const Tensor sums = conv2d_backward_weights(at, around, shape_, {}).to(DType::f64);
        const auto from = sums.data<double>();
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
      }
    }
    return to;
  }

 private:
  Tensor x_;
  std::int64_t kh_, kw_;
  Shape shape_;
};

Tensor from_correlations(const Tensor& x, const Shape& w, const Conv2dOptions& options) {
  const std::int64_t channels = w[1], kh = w[2], kw = w[3], k = channels * kh * kw;
  const Axis rows{x.shape()[1], kh, options.pad[0]}, columns{x.shape()[2], kw, options.pad[1]};
  const Correlations correlations(x, kh, kw);
  using Sums = std::vector<double>;
  const Sums whole = correlations.over(rows.all(), columns.all());
  std::vector<Sums> without_rows, without_columns;
  for (std::int64_t i = 0; i < kh; ++i)
    without_rows.push_back(correlations.over(rows.unseen(i), columns.all()));
  for (std::int64_t j = 0; j < kw; ++j)
    without_columns.push_back(correlations.over(rows.all(), columns.unseen(j)));

  Tensor out = Tensor::empty({1, k, k}, DType::f64);
  const auto a = out.writable<double>();
  const auto place = [&](std::int64_t c, std::int64_t i, std::int64_t j) {
    return (c * kh + i) * kw + j;
  };
  for (std::int64_t i = 0; i < kh; ++i) {
    for (std::int64_t j = 0; j < kw; ++j) {
      const Sums both = correlations.over(rows.unseen(i), columns.unseen(j));
      // the taps that follow (i, j); those before it come by symmetry
      for (std::int64_t i2 = i; i2 < kh; ++i2) {
        for (std::int64_t j2 = i2 == i ? j : 0; j2 < kw; ++j2) {
          for (std::int64_t c = 0; c < channels; ++c) {
            for (std::int64_t c2 = 0; c2 < channels; ++c2) {
              const auto at = static_cast<std::size_t>(
                  ((c * channels + c2) * kh + i2 - i) * (2 * kw - 1) + j2 - j + kw - 1);
              const double sum = whole[at] - without_rows[static_cast<std::size_t>(i)][at] -
                                 without_columns[static_cast<std::size_t>(j)][at] + both[at];
              const std::int64_t p = place(c, i, j), p2 = place(c2, i2, j2);
              a[static_cast<std::size_t>(p * k + p2)] = sum;
              a[static_cast<std::size_t>(p2 * k + p)] = sum;
            }
          }
        }
      }
    }
  }
  return out;
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
