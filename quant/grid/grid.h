// Grid and QParams: the uniform affine quantiser, and grids with other levels, without gradients.
//
// Codes are integers in [qmin, qmax]; x_hat = s (n - z), n = clip(round(x / s) + z, qmin, qmax)
// with ties to even.  Asymmetric grids use 0 .. 2^b - 1 with an integer zero point, symmetric ones
// -2^(b-1) .. 2^(b-1) - 1 with z = 0; `narrow` drops the lowest code of a symmetric grid.  Entry k
// of scale and zero covers the k-th of equally long runs of consecutive elements: one entry is a
// tensor-wide quantiser, O entries are one per output channel of an O,... weight, more are groups
// inside channels. source: methods of BRECQ and QDrop (uniform affine quantiser).  deviation: their
// floor of 1e-8 under the step is left out, so that quantising k x is k times quantising x.  A grid
// with a level function (levels.h) has x_hat = s level(n) on narrow symmetric codes.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "core/config/params.h"
#include "core/tensor.h"

namespace quant {

inline constexpr int kBitsOff = 32;  // a value that is not quantised
/// Floor of s: the smallest normal f32, below which steps lose digits.
inline constexpr double kSmallestStep = std::numeric_limits<float>::min();
/// s where there is nothing but zeros; any step holds them.  source: QDrop.
inline constexpr double kStepOfZero = 1e-8;

class Levels;

struct Grid {
  int bits = 4;  // 2..8, or kBitsOff
  bool symmetric = false;
  bool narrow = false;             // symmetric only
  bool per_channel = true;         // one entry per slice of the first axis, else one for the tensor
  const Levels* levels = nullptr;  // null: evenly spaced
  int group = 0;  // consecutive weights of a channel that share an entry; 0: all of them

  bool off() const { return bits == kBitsOff; }
  int qmin() const;
  int qmax() const;
  /// The same grid with other bits.
  Grid with_bits(int other) const;
  /// "asymmetric 4 bit per channel"
  std::string str() const;
};

/// Reads `key` as a number of bits.  throws: ConfigError unless 2..8 or 32.
int read_bits(core::Params& params, std::string_view key, int fallback, const std::string& doc);

/// Steps and zero points, shape (1) or (O); zero points are whole numbers in the same type as the
/// steps.
struct QParams {
  core::Tensor scale, zero;
  core::Tensor warp = {};  // parameters of Grid::levels, shared by the entries; else empty
};

/// Number of entries that a QParams for `x` has under `grid`.
std::int64_t entries_of(const core::Tensor& x, const Grid& grid);

/// The step of a width that is divided by `levels`.
double step_of_width(double width, double levels);

/// One entry from a range: s = step_of_width(hi - lo, qmax - qmin) and z = clip(round(-lo/s)). The
/// range is widened to hold zero; symmetric grids use [-a, a] with a = max(|lo|, |hi|) and z = 0.
/// Exactly zero ranges give s = kStepOfZero, z = 0 (or qmin of an asymmetric grid, which is 0).
struct Step {
  double scale, zero;
};
Step step_of_range(double lo, double hi, const Grid& grid);

}  // namespace quant
