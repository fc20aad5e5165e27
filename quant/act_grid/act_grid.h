// ActGrid: how the levels of the codes of an activation are spaced, fitted to sampled values of the
// site.
//
// Sites without negative values use all codes for what is positive.  Others have as many levels on
// either side of zero, unless a strategy moves the values first (`shift`, for GELU).  The range is
// the strategy's own: quant.act.scale is for evenly spaced codes.
#pragma once

#include <string_view>

#include "core/config/registry.h"
#include "quant/grid/act_role.h"
#include "quant/grid/act_table.h"
#include "quant/grid/grid.h"
#include "quant/grid/sorted_values.h"

namespace quant {

class ActGrid {
 public:
  static constexpr std::string_view kind = "act_grid";
  virtual ~ActGrid() = default;
  virtual std::string_view name() const = 0;
  /// Evenly spaced: there is no table, and `fit` is not called.
  virtual bool uniform() const { return false; }
  /// The table for these values.  throws: Error when they cannot stand on the grid.
  virtual ActTable fit(const SortedValues& values, int bits, ActRole role) const = 0;
};

/// The least value of a GELU, which the shift of a logarithmic grid and the fixed side of twin
/// ranges stand for.  source: PTQ4ViT, AdaLog.
inline constexpr double kLeastGelu = -0.16997;

/// How a logarithmic or power grid finds its largest level.
struct ActRange {
  enum class Rule { largest, percentile, mse } rule = Rule::mse;
  double percentile = 0.9999;
  static ActRange read(core::Params& params);
};

/// Levels on one side of zero, the last one being 1, and the cut below each; values up to `end`
/// count as inside.
struct Side {
  std::vector<double> levels, cuts;
  double end;
};
/// Cuts by rule: between neighbours, and below the first as Cut says.
Side side_of(std::vector<double> levels, Cut cut);

/// A side with zero, mirrored where values are negative, times the largest level that `range`
/// finds.  `error` is the sum of squares on the values.
struct ScaledTable {
  ActTable table;
  double error = 0;
};
ScaledTable scaled_table(const SortedValues& values, const Side& side, const ActRange& range,
                         int bits);
/// The table of the values plus `shift`, minus `shift`: x_hat = Q(x + shift) - shift.
ScaledTable shifted_table(const SortedValues& values, double shift, const Side& side,
                          const ActRange& range, int bits);

/// What logarithmic grids have in common.
struct LogOptions {
  ActRange range;
  bool shift = false;        // GELU outputs are moved above zero before their logarithm is taken
  bool zero_beside = false;  // without negative values zero is a level more than b bits hold
  /// throws: ConfigError.
  static LogOptions read(core::Params& params, bool shift_by_default);
};
/// The table of a logarithmic grid; sites with values on both sides of zero, and no shift, have
/// 2^(b-1) - 1 levels on either side.  `levels_of(n)`: n levels, increasing, the last one 1.
template <class LevelsOf>
ScaledTable log_table(const SortedValues& values, int bits, ActRole role, const LogOptions& options,
                      LevelsOf&& levels_of) {
  const bool moved = options.shift && role == ActRole::gelu;
  const bool positive = moved || values.smallest() >= 0;
  const int count = positive ? (1 << bits) - (options.zero_beside ? 0 : 1) : (1 << (bits - 1)) - 1;
  const Side side = side_of(levels_of(count), Cut::logarithm);
  return moved ? shifted_table(values, -kLeastGelu, side, options.range, bits)
               : scaled_table(values, side, options.range, bits);
}

}  // namespace quant
