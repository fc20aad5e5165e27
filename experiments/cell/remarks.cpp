#include "experiments/cell/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace experiments {
namespace {

constexpr double kDeviations = 3.0;
constexpr double kLeastLoss = std::numeric_limits<float>::min();  // so that 0 has a ratio
constexpr double kLargestLog = 700;                               // of what double holds

/// Whole powers of ten, so that cells alike share a footnote.
std::string size_text(double ratio) {
  if (!std::isfinite(ratio)) return "that is not finite";
  return fmt::format("over {:g} times as large", std::pow(10.0, std::floor(std::log10(ratio))));
}

}  // namespace

bool guesses(const Accuracy& accuracy, std::int64_t classes) {
  const double n = static_cast<double>(accuracy.images), p = 1.0 / static_cast<double>(classes);
  return static_cast<double>(accuracy.correct) <= n * p + kDeviations * std::sqrt(n * p * (1 - p));
}

std::optional<double> learned_ratio(const std::vector<quant::UnitLog>& units) {
  double logs = 0;
  bool any = false;
  for (const quant::UnitLog& unit : units) {
    const bool learned = unit.iterations > 0 || unit.flips > 0;
    if (!learned || unit.phase == "first pass") continue;
    if (!std::isfinite(unit.loss_hard)) return std::numeric_limits<double>::infinity();
    logs += std::log(std::max(unit.loss_hard, kLeastLoss) / std::max(unit.loss_rtn, kLeastLoss));
    any = true;
  }
  return any ? std::optional(std::exp(std::min(logs, kLargestLog))) : std::nullopt;
}

std::string remarks(const Accuracy& fp, const Accuracy& quantised, std::int64_t classes,
                    const std::vector<quant::UnitLog>& units, const std::string& caution) {
  std::vector<std::string> out;
  if (guesses(quantised, classes) && !guesses(fp, classes))
    out.push_back("no better than guessing");
  if (const std::optional<double> ratio = learned_ratio(units); ratio && *ratio > kWorse)
    out.push_back("learning made it worse than round to nearest: a loss " + size_text(*ratio));
  if (!caution.empty()) out.push_back(caution);
  return fmt::format("{}", fmt::join(out, "; "));
}

}  // namespace experiments
