#include "quant/grid/power_levels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/kernels/map.h"
#include "quant/grid/codes.h"

namespace quant {
namespace {

constexpr double kSearchLo = 0.2, kSearchHi = 1.2, kSearchStep = 0.05;
constexpr int kGoldenSteps = 16;  // 0.1 * 0.618^16 = 4.5e-5

double exponent_of(const Warp& at) { return at.values.front(); }

struct PowerLevels final : Levels {
  std::string_view name() const override { return "power"; }
  std::string_view warp_name() const override { return "exponent"; }

  core::Tensor kept(const core::Tensor& warp) const override {
    return core::clamp(warp, kSmallestExponent, kLargestExponent);
  }

  double position(double x, const Warp& at) const override {
    const double a = exponent_of(at), q = at.qmax;
    return a == 1.0 ? x : std::copysign(q * std::pow(std::abs(x) / q, a), x);
  }
  double level(int code, const Warp& at) const override {
    const double a = exponent_of(at), q = at.qmax, n = code;
    return a == 1.0 || code == 0 ? n : std::copysign(q * std::pow(std::abs(n) / q, 1 / a), n);
  }
  double slope(int code, const Warp& at) const override {
    const double a = exponent_of(at), y = std::max(std::abs(code) / at.qmax, 0.5 / at.qmax);
    return std::pow(y, 1 / a - 1) / a;
  }
  double elasticity(double x, const Warp& at) const override {
    return exponent_of(at) * position(x, at);
  }
  double level_by_warp(int code, const Warp& at) const override {
    if (code == 0) return 0;  // y^(1/a) ln y -> 0
    const double a = exponent_of(at);
    return -level(code, at) * std::log(std::abs(code) / at.qmax) / (a * a);
  }
  double rounded_by_warp(double x, int code, const Warp& at) const override {
    if (code == 0 || x == 0) return 0;
    // (sgn(n) q / a) y^(1/a) times (sgn(n) sgn(x) u^a ln u / y - ln y / a): the terms are large
    // and cancel without a residual, so they meet before anything is rounded to f32
    const double a = exponent_of(at), y = std::abs(code) / at.qmax, u = std::abs(x) / at.qmax;
    const double sign = (code > 0) == (x > 0) ? 1.0 : -1.0;
    return level(code, at) / a * (sign * std::pow(u, a) / y * std::log(u) - std::log(y) / a);
  }
};

}  // namespace

const Levels& power_levels() {
  static const PowerLevels levels;
  return levels;
}

double power_error(std::span<const QuantisedWeight> weights, double exponent) {
  double total = 0;
  for (const QuantisedWeight& weight : weights) {
    QParams q = weight.q;
    q.warp = core::Tensor::full({1}, exponent, q.scale.dtype());
    const core::Tensor nearest = fake_quantise(weight.w, q, weight.grid);
    core::dispatch_float("power_error", weight.w.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto x = weight.w.data<T>(), y = nearest.data<T>();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = static_cast<double>(x[i]) - static_cast<double>(y[i]);
        total += error * error;
      }
    });
  }
  return total;
}

double search_exponent(std::span<const QuantisedWeight> weights) {
  core::require("search_exponent", !weights.empty(), "needs weights; got {}", weights.size());
  double best = 0, least = 0;
  bool first = true;
  const auto try_at = [&](double a) {
    const double error = power_error(weights, a);
    if (first || error < least) best = a, least = error;
    first = false;
    return error;
  };
  const int steps = static_cast<int>(std::nearbyint((kSearchHi - kSearchLo) / kSearchStep));
  for (int i = 0; i <= steps; ++i) try_at(kSearchLo + kSearchStep * i);

  constexpr double kShrink = 1 / std::numbers::phi;
  double lo = std::max(kSearchLo, best - kSearchStep), hi = std::min(kSearchHi, best + kSearchStep);
  double left = hi - kShrink * (hi - lo), right = lo + kShrink * (hi - lo);
  double at_left = try_at(left), at_right = try_at(right);
  for (int i = 0; i < kGoldenSteps; ++i) {
    if (at_left <= at_right) {
      hi = right, right = left, at_right = at_left;
      at_left = try_at(left = hi - kShrink * (hi - lo));
    } else {
      lo = left, left = right, at_left = at_right;
      at_right = try_at(right = lo + kShrink * (hi - lo));
    }
  }
  return best;
}

}  // namespace quant
