// SortedValues: values in order with running sums, for which the squared error of any set of levels
// costs a few comparisons a level instead of a pass over the values.
//
// A level stands for the values between its two cuts.  Sums are double.  With weights the error is
// sum w (x - level)^2.
#pragma once

#include <span>
#include <vector>

namespace quant {

/// Where one level ends and the next begins.
enum class Cut {
  middle,    // nearest level
  logarithm  // nearest exponent: the geometric mean of levels of one sign; between 0 and the
             // smallest level as far below it as its cut to the next one lies above
};
/// One value between every two levels, in order.  levels: increasing; for Cut::logarithm with 0
/// among them or of one sign.
std::vector<double> cuts_of(std::span<const double> levels, Cut cut);
/// Where a level's cells end towards zero when it is the smallest beside zero and `next` the one
/// above it (0: none; then as if it were twice as large).
double cut_to_zero(double smallest, double next);

class SortedValues {
 public:
  /// weights: one a value, not negative; empty: all 1.  throws: ShapeError without values.
  explicit SortedValues(std::span<const double> values, std::span<const double> weights = {});

  double smallest() const { return x_.front(); }
  double largest() const { return x_.back(); }
  /// The same values plus `by`.
  SortedValues moved(double by) const;
  std::size_t size() const { return x_.size(); }
  /// The value at this share of the sorted values; 0 is the smallest, 1 the largest.
  double quantile(double share) const;

  /// sum w (x - factor level)^2, a value at a cut belonging to the level above.
  /// cuts: one fewer than levels.
  double error(std::span<const double> levels, std::span<const double> cuts, double factor) const;

  /// Lloyd's algorithm from `levels`, at most `iters` times: every level moves to the weighted mean
  /// of its values; one without values stays.  Stops when nothing moves.
  std::vector<double> lloyd(std::vector<double> levels, int iters) const;

 private:
  std::size_t first_from(double value) const;  // the first that is not below

  std::vector<double> x_;
  std::vector<double> w_, wx_, wxx_;  // sums of the values before each place; one longer
};

}  // namespace quant
