#include "quant/act_grid/act_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quant {
namespace {

constexpr double kLeastFactor = 0.1, kMostFactor = 1.3, kStride = 0.02;

/// A side with zero, and with its mirror image where values are negative; in units of `top`.
ActTable table_of(const Side& side, bool negative, double top) {
  ActTable table;
  if (negative) {
    for (std::size_t i = side.levels.size(); i-- > 0;) {
      table.levels.push_back(-top * side.levels[i]);
      table.cuts.push_back(-top * side.cuts[i]);
    }
  }
  table.levels.push_back(0);
  for (std::size_t i = 0; i < side.levels.size(); ++i) {
    table.levels.push_back(top * side.levels[i]);
    table.cuts.push_back(top * side.cuts[i]);
  }
  table.hi = top * side.end;
  table.lo = negative ? -table.hi : -table.cuts.front();
  return table;
}

std::vector<double> largest_levels(const SortedValues& values, const ActRange& range) {
  const double largest = std::max(std::abs(values.smallest()), std::abs(values.largest()));
  if (range.rule == ActRange::Rule::largest) return {largest};
  if (range.rule == ActRange::Rule::percentile)
    return {std::max(std::abs(values.quantile(range.percentile)),
                     std::abs(std::min(0.0, values.quantile(1 - range.percentile))))};
  std::vector<double> out;
  const int steps = static_cast<int>(std::nearbyint((kMostFactor - kLeastFactor) / kStride));
  for (int i = 0; i <= steps; ++i) out.push_back(largest * (kLeastFactor + kStride * i));
  return out;
}

}  // namespace

ActRange ActRange::read(core::Params& params) {
  ActRange out;
  const std::string name = params.get<std::string>(
      "range", "mse",
      {.doc = "the largest level; mse: 0.1 to 1.3 of the largest value, by the least squared "
              "error; largest: the largest value; percentile: of the sampled values "
              "(quant.act.scale is for even codes)",
       .source = "AdaLog, PTQ4ViT: by search; FQ-ViT: largest",
       .one_of = {"mse", "largest", "percentile"}});
  if (name == "largest") out.rule = Rule::largest;
  if (name == "percentile") out.rule = Rule::percentile;
  if (out.rule == Rule::percentile || params.is_describing())
    out.percentile = params.get<double>(
        "percentile", out.percentile,
        {.doc = "share of the values below the largest level", .min = 0.5, .max = 1});
  return out;
}

Side side_of(std::vector<double> levels, Cut cut) {
  core::require("act_grid", !levels.empty() && levels.front() > 0 && levels.back() == 1,
                "levels must be above zero and end at 1; got {}", levels.size());
  std::vector<double> with_zero{0};
  with_zero.insert(with_zero.end(), levels.begin(), levels.end());
  Side out{std::move(levels), cuts_of(with_zero, cut), 0};
  out.end = cut == Cut::middle ? 2 - out.cuts.back() : 1 / out.cuts.back();
  return out;
}

ScaledTable scaled_table(const SortedValues& values, const Side& side, const ActRange& range,
                         int bits) {
  const bool negative = values.smallest() < 0;
  const double top = negative ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
  ScaledTable out{table_of(side, negative, top), std::numeric_limits<double>::infinity()};
  for (const double largest : largest_levels(values, range)) {
    const double step = step_of_width(largest, top);
    const double error = values.error(out.table.levels, out.table.cuts, step);
    if (error < out.error) out.table.step = step, out.error = error;
  }
  out.table.check();
  return out;
}

ScaledTable shifted_table(const SortedValues& values, double shift, const Side& side,
                          const ActRange& range, int bits) {
  // what lies below the shift would be negative; it goes to zero, and so back to -shift
  ScaledTable out =
      scaled_table(values.moved(std::max(shift, -values.smallest())), side, range, bits);
  const double by = std::max(shift, -values.smallest()) / out.table.step;
  for (std::vector<double>* list : {&out.table.levels, &out.table.cuts}) {
    for (double& x : *list) x -= by;
  }
  out.table.lo -= by;
  out.table.hi -= by;
  return out;
}

LogOptions LogOptions::read(core::Params& params, bool shift_by_default) {
  LogOptions out;
  out.range = ActRange::read(params);
  out.shift = params.get<bool>(
      "shift", shift_by_default,
      {.doc = "GELU outputs are moved up by 0.16997, the least value of GELU, before their "
              "logarithm is taken, and back afterwards; false: logarithms of either sign",
       .source = "AdaLog: true"});
  out.zero_beside =
      params.get<std::string>(
          "zero", "code",
          {.doc =
               "of values without negatives; code: zero is one of the 2^b levels; beside: it comes "
               "in addition to them, one more than b bits hold",
           .source = "ours; RepQ-ViT, AdaLog code: beside",
           .one_of = {"code", "beside"}}) == "beside";
  return out;
}

}  // namespace quant
