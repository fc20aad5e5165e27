#include "quant/scale/search.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/loops/math.h"
#include "core/system/threads.h"

namespace quant {
namespace {

constexpr int kLanes = 16;
constexpr int kOrdinaryExponent = 32;  // of a step whose errors' powers f32 holds as they are
constexpr std::int64_t kBlock =
    2048;  // float partial sums are moved to double after so many elements

template <class Power>
double error_sum(std::span<const float> x, const Step& step, const Grid& grid, Power pow_p) {
  const float s = static_cast<float>(step.scale), z = static_cast<float>(step.zero);
  const float lo = static_cast<float>(grid.qmin()), hi = static_cast<float>(grid.qmax());
  const auto term = [&](float v) {
    const float code = std::min(std::max(std::nearbyint(v / s) + z, lo), hi);
    return pow_p(std::fabs(s * (code - z) - v));
  };
  const std::int64_t n = static_cast<std::int64_t>(x.size());
  double total = 0;
  std::int64_t i = 0;
  while (n - i >= kLanes) {
    const std::int64_t stop = std::min(n - (n - i) % kLanes, i + kBlock);
    float lanes[kLanes] = {};
    for (; i < stop; i += kLanes) {
      for (int l = 0; l < kLanes; ++l) lanes[l] += term(x[i + l]);
    }
    for (const float lane : lanes) total += lane;
  }
  for (; i < n; ++i) total += term(x[i]);
  return total;
}

}  // namespace

std::vector<Range> ranges_of(const core::Tensor& x, const Grid& grid) {
  core::require("scale", x.numel() > 0, "values must not be empty; got x {}", x.shape());
  const auto values = x.data<float>();
  const std::int64_t entries = entries_of(x, grid), run = x.numel() / entries;
  std::vector<Range> out(static_cast<std::size_t>(entries));
  for (std::int64_t e = 0; e < entries; ++e) {
    float lo = 0, hi = 0;
    double total = 0;  // NaN and infinities stay in a sum of products with zero
    for (std::int64_t i = e * run; i < (e + 1) * run; ++i) {
      lo = std::min(lo, values[i]);
      hi = std::max(hi, values[i]);
      total += values[i] * 0.0;
    }
    if (!(total == 0))
      throw core::Error(
          fmt::format("scale: values must be finite; entry {} of x {} is not", e, x.shape()));
    out[static_cast<std::size_t>(e)] = {lo, hi};
  }
  return out;
}

QParams qparams_of(std::span<const Range> ranges, const Grid& grid) {
  const auto entries = static_cast<std::int64_t>(ranges.size());
  QParams q{core::Tensor::empty({entries}), core::Tensor::empty({entries})};
  const auto scale = q.scale.writable<float>(), zero = q.zero.writable<float>();
  for (std::size_t e = 0; e < ranges.size(); ++e) {
    const Step step = step_of_range(ranges[e].lo, ranges[e].hi, grid);
    scale[e] = static_cast<float>(step.scale);
    zero[e] = static_cast<float>(step.zero);
  }
  return q;
}

double quantisation_error(std::span<const float> x, const Step& step, const Grid& grid, double p) {
  // powers of an error leave f32 where steps are very small or large: in units of a power of two
  const int exponent_of_step = std::ilogb(step.scale);
  if (std::abs(exponent_of_step) > kOrdinaryExponent) {
    std::vector<float> scaled(x.begin(), x.end());
    for (float& v : scaled) v = std::ldexp(v, -exponent_of_step);
    const Step unit{std::ldexp(step.scale, -exponent_of_step), step.zero};
    return quantisation_error(scaled, unit, grid, p) * std::exp2(p * exponent_of_step);
  }
  const float exponent = static_cast<float>(p);
  const double sum =
      p == 2.0
          ? error_sum(x, step, grid, [](float e) { return e * e; })
          : error_sum(x, step, grid, [exponent](float e) { return core::math::pow(e, exponent); });
  return sum / static_cast<double>(x.size());
}

QParams shrink_search(const core::Tensor& x, const Grid& grid, const ShrinkSearch& search) {
  std::vector<Range> ranges = ranges_of(x, grid);
  const auto values = x.data<float>();
  const auto entries = static_cast<std::int64_t>(ranges.size());
  const std::int64_t run = x.numel() / entries;
  const auto candidate = [&](const Range& r, std::int64_t i) {
    const double factor = 1.0 - search.shrink * static_cast<double>(i);
    return Range{r.lo * factor, r.hi * factor};
  };
  std::vector<double> errors(static_cast<std::size_t>(entries * search.steps));
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 14) / run);
  core::parallel_for(entries * search.steps, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t entry = i / search.steps;
      const Range r = candidate(ranges[static_cast<std::size_t>(entry)], i % search.steps);
      errors[static_cast<std::size_t>(i)] = quantisation_error(
          values.subspan(entry * run, run), step_of_range(r.lo, r.hi, grid), grid, search.p);
    }
  });
  for (std::int64_t e = 0; e < entries; ++e) {
    const auto first = errors.begin() + e * search.steps;
    Range& range = ranges[static_cast<std::size_t>(e)];
    range = candidate(range, std::min_element(first, first + search.steps) - first);
  }
  return qparams_of(ranges, grid);
}

}  // namespace quant
