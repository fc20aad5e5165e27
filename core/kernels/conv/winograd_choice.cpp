// Which convolutions go by Winograd's algorithm: measured on a Zen 5 by `products` of tests/bench.
#include <algorithm>

#include "core/kernels/conv/winograd.h"
#include "core/kernels/conv/winograd_tile.h"
#include "core/onednn/engine.h"

namespace core::winograd {
namespace {

// Of both channels.  Beyond it the transformed taps, four times the taps, leave the last cache.
constexpr std::int64_t kMostWeights = 1 << 17;
// Of activations that gain with few channels: oneDNN is as fast once there are more.
constexpr std::int64_t kMostNarrow = 1 << 19;

}  // namespace

bool pays(const Shape& x, const Shape& w, const Conv2dOptions& o, DType activations) {
  constexpr std::array<std::int64_t, 2> one{1, 1};
  if (o.precision == Precision::f32 || w[2] != kTaps || w[3] != kTaps || o.groups != 1 ||
      o.stride != one || o.dilation != one || o.pad[0] >= kTaps || o.pad[1] >= kTaps ||
      w[0] % kLanes != 0 || w[1] % kLanes != 0 || w[0] * w[1] > kMostWeights)
    return false;
  const std::int64_t rows = x[1] + 2 * o.pad[0] - 2, columns = x[2] + 2 * o.pad[1] - 2;
  const std::int64_t tiles = ((rows + kOut - 1) / kOut) * ((columns + kOut - 1) / kOut);
  const double inside = double(rows * columns) / double(tiles * kOut * kOut);
  const std::int64_t narrow = std::min(w[0], w[1]);
  if (activations == DType::f32) return inside >= 0.5 && (narrow >= 32 || x.numel() <= kMostNarrow);
  return inside >= 0.9 && narrow >= 64 && w[0] * w[1] <= kMostWeights / 4 && !onednn::has_amx();
}

}  // namespace core::winograd
