#include "data/images/convert.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace data {
namespace {

core::Tensor with_channels(const core::Tensor& pixels, std::int64_t channels) {
  const std::int64_t c = pixels.shape()[3];
  if (c == channels) return pixels;
  core::Tensor out = core::Tensor::empty(pixels.shape().with(3, channels), core::DType::u8);
  const std::uint8_t* from = pixels.data<std::uint8_t>().data();
  std::uint8_t* to = out.writable<std::uint8_t>().data();
  const std::int64_t count = pixels.numel() / c;
  for (std::int64_t i = 0; i < count; ++i) {
    if (c == 1) {
      std::fill_n(to + 3 * i, 3, from[i]);
    } else {
      const std::uint8_t* p = from + 3 * i;
      to[i] = static_cast<std::uint8_t>(std::lround(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]));
    }
  }
  return out;
}

/// Where an output position lies between two input positions.
struct Between {
  std::int64_t low, high;
  float share;  // of high
};

std::vector<Between> positions(std::int64_t from, std::int64_t to) {
  std::vector<Between> out;
  for (std::int64_t i = 0; i < to; ++i) {
    const double x = std::clamp(
        (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5,
        0.0, static_cast<double>(from - 1));
    const auto low = static_cast<std::int64_t>(x);
    out.push_back(
        {low, std::min(low + 1, from - 1), static_cast<float>(x - static_cast<double>(low))});
  }
  return out;
}

}  // namespace

void check_convertible(const core::Shape& from, const core::Shape& to) {
  const std::int64_t a = from[-1], b = to[-1];
  core::require_input("convert_images", a == b || (a == 1 && b == 3) || (a == 3 && b == 1),
                      "channels must be equal, or 1 and 3; got images {}, wanted {}", from, to);
}

core::Tensor convert_images(const core::Tensor& pixels, const core::Shape& to) {
  core::require("convert_images",
                pixels.shape().rank() == 4 && pixels.dtype() == core::DType::u8 && to.rank() == 3,
                "pixels must be u8 of rank 4 and the target (H, W, C); got {} {}, target {}",
                pixels.dtype(), pixels.shape(), to);
  check_convertible(pixels.shape(), to);
  const core::Tensor source = with_channels(pixels, to[2]);
  const std::int64_t N = source.shape()[0], h = source.shape()[1], w = source.shape()[2], H = to[0],
                     W = to[1], C = to[2];
  if (h == H && w == W) return source;
  const std::vector<Between> rows = positions(h, H), columns = positions(w, W);
  core::Tensor out = core::Tensor::empty({N, H, W, C}, core::DType::u8);
  const std::uint8_t* from = source.data<std::uint8_t>().data();
  std::uint8_t* result = out.writable<std::uint8_t>().data();
  for (std::int64_t n = 0; n < N; ++n, from += h * w * C) {
    for (const Between& y : rows) {
      for (const Between& x : columns) {
        for (std::int64_t c = 0; c < C; ++c) {
          const auto at = [&](std::int64_t i, std::int64_t j) {
            return static_cast<float>(from[(i * w + j) * C + c]);
          };
          const float top = at(y.low, x.low) + x.share * (at(y.low, x.high) - at(y.low, x.low));
          const float bottom =
              at(y.high, x.low) + x.share * (at(y.high, x.high) - at(y.high, x.low));
          *result++ = static_cast<std::uint8_t>(std::lround(top + y.share * (bottom - top)));
        }
      }
    }
  }
  return out;
}

}  // namespace data
