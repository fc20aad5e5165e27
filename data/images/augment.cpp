#include "data/images/augment.h"

#include <algorithm>
#include <cstring>

namespace data {
namespace {

void mirror(std::uint8_t* image, std::int64_t H, std::int64_t W, std::int64_t C) {
  for (std::int64_t y = 0; y < H; ++y) {
    std::uint8_t* row = image + y * W * C;
    for (std::int64_t a = 0, b = W - 1; a < b; ++a, --b)
      std::swap_ranges(row + a * C, row + (a + 1) * C, row + b * C);
  }
}

/// image(y, x) = source(y + dy, x + dx), zero outside.
void shift(std::uint8_t* image, std::vector<std::uint8_t>& scratch, std::int64_t H, std::int64_t W,
           std::int64_t C, std::int64_t dy, std::int64_t dx) {
  scratch.assign(image, image + H * W * C);
  std::fill_n(image, H * W * C, std::uint8_t{0});
  const std::int64_t x0 = std::max<std::int64_t>(0, -dx), x1 = std::min(W, W - dx);
  if (x0 >= x1) return;
  for (std::int64_t y = std::max<std::int64_t>(0, -dy); y < std::min(H, H - dy); ++y) {
    std::memcpy(image + (y * W + x0) * C, scratch.data() + ((y + dy) * W + x0 + dx) * C,
                static_cast<std::size_t>((x1 - x0) * C));
  }
}

void erase(std::uint8_t* image, const AugmentOptions& o, std::int64_t H, std::int64_t W,
           std::int64_t C, std::int64_t cy, std::int64_t cx) {
  const std::int64_t y0 = cy - o.erase / 2, x0 = cx - o.erase / 2;
  for (std::int64_t y = std::max<std::int64_t>(0, y0); y < std::min(H, y0 + o.erase); ++y) {
    for (std::int64_t x = std::max<std::int64_t>(0, x0); x < std::min(W, x0 + o.erase); ++x) {
      for (std::int64_t c = 0; c < C; ++c)
        image[(y * W + x) * C + c] = o.fill.empty() ? 0 : o.fill[c];
    }
  }
}

}  // namespace

AugmentOptions augment_options(core::Params& params, AugmentOptions o) {
  o.flip = params.get<bool>("flip", o.flip, {.doc = "mirror an image with probability 1/2"});
  o.shift = params.get<std::int64_t>(
      "shift", o.shift,
      {.doc = "pad by this many pixels and crop at a random place", .min = 0, .max = 64});
  o.erase =
      params.get<std::int64_t>("erase", o.erase,
                               {.doc = "side of a square filled with the mean colour, 0 for none",
                                .source = "1708.04552",
                                .min = 0,
                                .max = 512});
  return o;
}

void augment(core::Tensor& pixels, const AugmentOptions& options, const core::Rng& rng,
             std::int64_t epoch, std::int64_t first) {
  if (!options.any()) return;
  core::require("augment", pixels.shape().rank() == 4 && pixels.dtype() == core::DType::u8,
                "pixels must be u8 of rank 4; got {} {}", pixels.dtype(), pixels.shape());
  const std::int64_t N = pixels.shape()[0], H = pixels.shape()[1], W = pixels.shape()[2],
                     C = pixels.shape()[3];
  core::require(
      "augment", options.fill.empty() || static_cast<std::int64_t>(options.fill.size()) == C,
      "one fill byte a channel; got {} bytes, pixels {}", options.fill.size(), pixels.shape());
  std::uint8_t* image = pixels.writable<std::uint8_t>().data();
  std::vector<std::uint8_t> scratch;
  const core::Rng of_epoch = rng.stream(static_cast<std::uint64_t>(epoch));
  for (std::int64_t i = 0; i < N; ++i, image += H * W * C) {
    core::Rng draw = of_epoch.stream(static_cast<std::uint64_t>(first + i));
    // every choice is drawn whether it is used or not, so that switching one off leaves the others
    // alone
    const std::int64_t span = 2 * options.shift + 1;
    const bool mirrored = (draw.next_u32() & 1u) != 0;
    const std::int64_t dy = draw.below(span) - options.shift, dx = draw.below(span) - options.shift;
    const std::int64_t cy = draw.below(H), cx = draw.below(W);
    if (options.flip && mirrored) mirror(image, H, W, C);
    if (dy != 0 || dx != 0) shift(image, scratch, H, W, C, dy, dx);
    if (options.erase > 0) erase(image, options, H, W, C, cy, cx);
  }
}

}  // namespace data
