#include "quant/grid/sorted_values.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace quant {

double cut_to_zero(double smallest, double next) {
  return next == 0 ? smallest / std::sqrt(2.0) : smallest * std::sqrt(smallest / next);
}

std::vector<double> cuts_of(std::span<const double> levels, Cut cut) {
  std::vector<double> out;
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const double a = levels[i], b = levels[i + 1];
    if (cut == Cut::middle) {
      out.push_back(0.5 * (a + b));
    } else if (a == 0) {
      out.push_back(cut_to_zero(b, i + 2 < levels.size() ? levels[i + 2] : 0.0));
    } else if (b == 0) {
      out.push_back(cut_to_zero(a, i > 0 ? levels[i - 1] : 0.0));
    } else {
      out.push_back(std::copysign(std::sqrt(a * b), a));
    }
  }
  return out;
}

SortedValues::SortedValues(std::span<const double> values, std::span<const double> weights) {
  core::require("sorted_values", !values.empty(), "needs values; got {}", values.size());
  core::require("sorted_values", weights.empty() || weights.size() == values.size(),
                "there must be one weight a value; got {} weights, {} values", weights.size(),
                values.size());
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] < values[b] || (values[a] == values[b] && a < b);
  });
  x_.reserve(order.size());
  w_.push_back(0), wx_.push_back(0), wxx_.push_back(0);
  for (const std::size_t i : order) {
    const double x = values[i], w = weights.empty() ? 1.0 : weights[i];
    x_.push_back(x);
    w_.push_back(w_.back() + w);
    wx_.push_back(wx_.back() + w * x);
    wxx_.push_back(wxx_.back() + w * x * x);
  }
}

SortedValues SortedValues::moved(double by) const {
  std::vector<double> values = x_, weights;
  for (double& x : values) x += by;
  for (std::size_t i = 0; i + 1 < w_.size(); ++i) weights.push_back(w_[i + 1] - w_[i]);
  return SortedValues(values, weights);
}

double SortedValues::quantile(double share) const {
  const double last = static_cast<double>(x_.size() - 1);
  return x_[static_cast<std::size_t>(std::nearbyint(std::clamp(share, 0.0, 1.0) * last))];
}

std::size_t SortedValues::first_from(double value) const {
  return static_cast<std::size_t>(std::lower_bound(x_.begin(), x_.end(), value) - x_.begin());
}

double SortedValues::error(std::span<const double> levels, std::span<const double> cuts,
                           double factor) const {
  double total = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::size_t end = i < cuts.size() ? first_from(factor * cuts[i]) : x_.size();
    if (end <= begin) continue;
    const double c = factor * levels[i];
    const double w = w_[end] - w_[begin], wx = wx_[end] - wx_[begin];
    total += std::max(0.0, wxx_[end] - wxx_[begin] - c * (2 * wx - c * w));
    begin = end;
  }
  return total;
}

std::vector<double> SortedValues::lloyd(std::vector<double> levels, int iters) const {
  for (int step = 0; step < iters; ++step) {
    const std::vector<double> cuts = cuts_of(levels, Cut::middle);
    bool moved = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const std::size_t end = std::max(begin, i < cuts.size() ? first_from(cuts[i]) : x_.size());
      const double w = w_[end] - w_[begin];
      if (w > 0) {
        const double mean = (wx_[end] - wx_[begin]) / w;
        moved = moved || mean != levels[i];
        levels[i] = mean;
      }
      begin = end;
    }
    if (!moved) break;
    std::sort(levels.begin(), levels.end());
  }
  return levels;
}

}  // namespace quant
