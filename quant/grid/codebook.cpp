#include "quant/grid/codebook.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quant {
namespace {

constexpr double kLeastFactor = 0.3, kMostFactor = 1.3, kStride = 0.02;

int lowest(const Warp& at) {
  return static_cast<int>(at.qmax) + 1 - static_cast<int>(at.values.size());
}

/// The place i with level i <= x < level i + 1, kept where there is a level above.
std::size_t interval(double x, std::span<const double> levels) {
  const auto above = std::upper_bound(levels.begin(), levels.end(), x);
  const std::ptrdiff_t place = above - levels.begin() - 1;
  return static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(place, 0, static_cast<std::ptrdiff_t>(levels.size()) - 2));
}

/// The position of u >= 0 on codes 0, 1 .. q whose levels from 1 on are `positive`, linear in ln u
/// but for the last half code before zero.
double log_position(double u, std::span<const double> positive) {
  const double first = positive.front();
  const double cut = cut_to_zero(first, positive.size() > 1 ? positive[1] : 0.0);
  if (u < cut) return 0.5 * u / cut;
  if (u < first || positive.size() == 1)
    return 1 + 0.5 * std::log(u / first) / std::log(first / cut);
  const std::size_t i = interval(u, positive);
  return 1 + static_cast<double>(i) +
         std::log(u / positive[i]) / std::log(positive[i + 1] / positive[i]);
}

}  // namespace

std::int64_t Codebook::parameters(const Grid& grid) const { return grid.qmax() - grid.qmin() + 1; }

void Codebook::check(const Grid& grid, std::span<const double> row) const {
  core::require("codebook", static_cast<std::int64_t>(row.size()) == parameters(grid),
                "a {} grid of {} bits has {} levels; got {}", name_, grid.bits, parameters(grid),
                row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    core::require("codebook", std::isfinite(row[i]) && (i == 0 || row[i - 1] < row[i]),
                  "levels must be finite and increase; level {} of a {} grid is {} after {}", i,
                  name_, row[i], i == 0 ? 0.0 : row[i - 1]);
  }
}

core::Tensor Codebook::kept(const core::Tensor& warp) const {
  std::vector<double> values = warp.values();
  const std::size_t levels = static_cast<std::size_t>(warp.shape()[-1]);
  const double gap = kSmallestGap * static_cast<double>(levels / 2);
  for (std::size_t row = 0; row < values.size(); row += levels) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row);
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(levels));
    for (std::size_t i = row + 1; i < row + levels; ++i)
      values[i] = std::max(values[i], values[i - 1] + gap);
  }
  return core::Tensor::of<double>(warp.shape(), values).to(warp.dtype());
}

double Codebook::position(double x, const Warp& at) const {
  const std::span<const double> levels = at.values;
  if (std::isnan(x)) return x;
  if (options_.cut == Cut::logarithm) {
    const std::span<const double> positive = levels.last(levels.size() / 2);
    return std::copysign(log_position(std::abs(x), positive), x);
  }
  const std::size_t i = interval(x, levels);
  return lowest(at) + static_cast<double>(i) + (x - levels[i]) / (levels[i + 1] - levels[i]);
}

double Codebook::level(int code, const Warp& at) const {
  return at.values[static_cast<std::size_t>(code - lowest(at))];
}

double Codebook::slope(int code, const Warp& at) const {
  const std::size_t i = static_cast<std::size_t>(code - lowest(at)), last = at.values.size() - 1;
  const std::size_t below = i == 0 ? 0 : i - 1, above = std::min(i + 1, last);
  return (at.values[above] - at.values[below]) / static_cast<double>(above - below);
}

double Codebook::elasticity(double x, const Warp& at) const {
  const double place = std::nearbyint(position(x, at));
  const double code = std::clamp(place, static_cast<double>(lowest(at)), at.qmax);
  return x / slope(static_cast<int>(code), at);
}

std::vector<double> mirrored(std::span<const double> positive) {
  double before = 0;
  for (const double level : positive) {
    core::require("codebook", std::isfinite(level) && level > before,
                  "levels above zero must be finite and increase; got {} after {}", level, before);
    before = level;
  }
  core::require("codebook", !positive.empty(), "needs levels; got {}", positive.size());
  const double factor = static_cast<double>(positive.size()) / before;
  std::vector<double> out;
  for (std::size_t i = positive.size(); i-- > 0;) out.push_back(-factor * positive[i]);
  out.push_back(0);
  for (const double level : positive) out.push_back(factor * level);
  return out;
}

std::vector<SortedValues> sorted_entries(const QuantisedWeight& weight) {
  const std::vector<double> values = weight.w.values();
  const std::size_t run = values.size() / static_cast<std::size_t>(weight.q.scale.numel());
  std::vector<SortedValues> out;
  for (std::size_t begin = 0; begin < values.size(); begin += run)
    out.emplace_back(std::span(values).subspan(begin, run));
  return out;
}

std::vector<double> range_factors(double stride) {
  std::vector<double> out;
  const int steps = static_cast<int>(std::nearbyint((kMostFactor - kLeastFactor) / stride));
  for (int i = 0; i <= steps; ++i) out.push_back(kLeastFactor + stride * i);
  return out;
}

RangeFit fit_range(const QuantisedWeight& weight, std::span<const SortedValues> entries,
                   std::span<const double> levels, std::span<const double> factors) {
  const auto* book = dynamic_cast<const Codebook*>(weight.grid.levels);
  core::require("fit_range", book != nullptr, "needs a codebook; got {}", weight.grid.str());
  const std::vector<double> cuts = cuts_of(levels, book->cut());
  RangeFit out;
  for (const SortedValues& entry : entries) {
    const double largest = std::max(std::abs(entry.smallest()), std::abs(entry.largest()));
    double best = kStepOfZero, least = std::numeric_limits<double>::infinity();
    for (const double factor : factors) {
      const double step = step_of_width(factor * largest, levels.back());
      const double error = entry.error(levels, cuts, step);
      if (error < least) best = step, least = error;
    }
    out.steps.push_back(best);
    out.error += least;
  }
  return out;
}

void set_levels(QuantisedWeight& weight, std::span<const double> levels,
                std::span<const double> steps) {
  const core::DType dtype = weight.q.scale.dtype();
  weight.q.warp =
      core::Tensor::of<double>({static_cast<std::int64_t>(levels.size())}, levels).to(dtype);
  if (!steps.empty())
    weight.q.scale = core::Tensor::of<double>(weight.q.scale.shape(), steps).to(dtype);
  weight.grid.levels->check(weight.grid, weight.q.warp.values());
}

FixedRange::FixedRange(core::Params& params)
    : searched_(params.get<std::string>(
                    "range", "mse",
                    {.doc = "where the largest level comes from; mse: 0.3 to 1.3 of the largest "
                            "weight of the entry, by the least squared error on these levels "
                            "(quant.weight.scale changes nothing then); scale: from "
                            "quant.weight.scale, which takes the codes as even",
                     .one_of = {"mse", "scale"}}) == "mse") {}

void FixedRange::fit(QuantisedWeight& weight, std::span<const double> levels) const {
  if (!searched_) return set_levels(weight, levels);
  const std::vector<SortedValues> entries = sorted_entries(weight);
  set_levels(weight, levels, fit_range(weight, entries, levels, range_factors(kStride)).steps);
}

}  // namespace quant
