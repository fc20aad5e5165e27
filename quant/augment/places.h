// Positions of a feature batch: N,H,W,C as it is, B,N,C as one row of N positions.
#pragma once

#include "core/config/params.h"
#include "core/rng.h"
#include "core/tensor.h"

namespace quant {

struct Places {
  std::int64_t rows, height, width, channels;
  std::int64_t per_row() const { return height * width; }
};

/// throws: ShapeError unless x is (N,H,W,C), (B,N,C) or (N,C).
inline Places places_of(std::string_view op, const core::Tensor& x) {
  const core::Shape& s = x.shape();
  core::require(op, s.rank() >= 2 && s.rank() <= 4 && s.numel() > 0,
                "features must be (N,H,W,C), (B,N,C) or (N,C); got {}", s);
  if (s.rank() == 2) return {s[0], 1, 1, s[1]};
  if (s.rank() == 3) return {s[0], 1, s[1], s[2]};
  return {s[0], s[1], s[2], s[3]};
}

/// A rectangle of positions.
struct Box {
  std::int64_t top, left, height, width;
};

inline double read_side(core::Params& params) {
  return params.get<double>(
      "side", 0.5,
      {.doc = "side of the box relative to the feature map", .source = "ours", .min = 0, .max = 1});
}

/// A box with `side` times the height and the width of the map, at least one position, anywhere
/// inside.
inline Box draw_box(const Places& p, double side, core::Rng& rng) {
  const auto cut = [&](std::int64_t extent) {
    const auto wanted = static_cast<std::int64_t>(static_cast<double>(extent) * side + 0.5);
    return wanted < 1 ? 1 : wanted;
  };
  const std::int64_t h = cut(p.height), w = cut(p.width);
  return {rng.below(p.height - h + 1), rng.below(p.width - w + 1), h, w};
}

/// Calls fn(element offset, elements) for every run of the box in row `row`.
template <class Fn>
void for_runs(const Places& p, std::int64_t row, const Box& box, Fn&& fn) {
  for (std::int64_t y = box.top; y < box.top + box.height; ++y) {
    fn(((row * p.height + y) * p.width + box.left) * p.channels, box.width * p.channels);
  }
}

}  // namespace quant
