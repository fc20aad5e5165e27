// Codebooks: level functions whose parameters are their levels (QParams::warp: all levels of a grid
// in increasing order, in steps, a row for the tensor or one an entry).
//
// Between two levels a position is linear in the value, so that rounding finds the nearest level,
// or linear in its logarithm, so that it finds the nearest exponent.  The straight-through slope at
// a code is half the distance of its neighbours.  Each level is its own derivative; levels of
// `learned` codebooks may be a degree of freedom.
// source: neighbouring-level form, own derivation; rounding of exponents as in FQ-ViT and RepQ-ViT.
#pragma once

#include "quant/grid/levels.h"
#include "quant/grid/quantised_weight.h"
#include "quant/grid/sorted_values.h"

namespace quant {

class Codebook final : public Levels {
 public:
  struct Options {
    Cut cut = Cut::middle;
    bool narrow = true;    // 2^b - 1 levels, else 2^b
    bool learned = false;  // may move
  };
  Codebook(std::string_view name, Options options) : name_(name), options_(options) {}

  std::string_view name() const override { return name_; }
  std::string_view warp_name() const override { return options_.learned ? "codebook" : "levels"; }
  std::int64_t parameters(const Grid& grid) const override;
  bool are_parameters() const override { return true; }
  bool narrow() const override { return options_.narrow; }
  /// In increasing order, kSmallestGap apart at least.
  core::Tensor kept(const core::Tensor& warp) const override;
  void check(const Grid& grid, std::span<const double> row) const override;
  Cut cut() const { return options_.cut; }

  double position(double x, const Warp& at) const override;
  double level(int code, const Warp& at) const override;
  double slope(int code, const Warp& at) const override;
  double elasticity(double x, const Warp& at) const override;
  double level_by_warp(int, const Warp&) const override { return 1; }
  double rounded_by_warp(double, int, const Warp&) const override { return 1; }

 private:
  std::string_view name_;
  Options options_;
};

/// Least distance of two levels, as a share of the largest code: above what f32 makes of a level.
inline constexpr double kSmallestGap = 1e-5;

/// -l_q .. -l_1, 0, l_1 .. l_q, scaled so that l_q is q.  throws: ShapeError unless 0 < l_1 < ...
std::vector<double> mirrored(std::span<const double> positive);

/// The values of each entry of a weight, sorted.
std::vector<SortedValues> sorted_entries(const QuantisedWeight& weight);

/// Ends of the range that a search tries, as shares of the largest value: 0.3, 0.3 + stride .. 1.3.
std::vector<double> range_factors(double stride);

/// One step an entry such that the largest level is one of `factors` of the entry's largest value,
/// with the least squared error; the first of equals wins.  levels: the last one is qmax.
struct RangeFit {
  std::vector<double> steps;
  double error = 0;  // over all entries
};
RangeFit fit_range(const QuantisedWeight& weight, std::span<const SortedValues> entries,
                   std::span<const double> levels, std::span<const double> factors);

/// Puts a weight on a codebook: `levels` for all its entries and, where they are given, new steps.
void set_levels(QuantisedWeight& weight, std::span<const double> levels,
                std::span<const double> steps = {});

/// What the grids with fixed levels share: the option that says where their range comes from.
class FixedRange {
 public:
  explicit FixedRange(core::Params& params);
  /// `levels` with the steps of the weight or those of the search.
  void fit(QuantisedWeight& weight, std::span<const double> levels) const;

 private:
  bool searched_;
};

}  // namespace quant
