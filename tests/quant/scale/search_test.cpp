#include "quant/scale/search.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/rng.h"

using core::Tensor;
using quant::Grid;

namespace {

// the polynomial power has a relative error below 1e-6, sums of floats add some
constexpr double kTolerance = 2e-5;

/// mean |x - x_hat|^p by the book, in double except for the grid itself.
double brute_error(std::span<const float> x, const quant::Step& step, const Grid& grid, double p) {
  const float s = static_cast<float>(step.scale), z = static_cast<float>(step.zero);
  double total = 0;
  for (const float v : x) {
    const float code =
        std::min(std::max(std::nearbyint(v / s) + z, float(grid.qmin())), float(grid.qmax()));
    total += std::pow(std::abs(double(s * (code - z)) - v), p);
  }
  return total / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("the vectorised error equals the plain sum of powers") {
  core::Rng rng(1);
  for (const std::int64_t n : {1, 15, 16, 17, 5000}) {
    const Tensor x = rng.normal({n}, 0.3, 1.0);
    for (const double p : {2.0, 2.4, 1.0, 3.3}) {
      for (const bool symmetric : {false, true}) {
        const Grid grid{.bits = 3, .symmetric = symmetric};
        const quant::Step step = quant::step_of_range(-1.1, 1.7, grid);
        const double expected = brute_error(x.data<float>(), step, grid, p);
        CHECK(quant::quantisation_error(x.data<float>(), step, grid, p) ==
              doctest::Approx(expected).epsilon(kTolerance));
      }
    }
  }
}

TEST_CASE("an error of zero counts as zero") {
  const Tensor x = Tensor::of<float>({3}, {0.0f, 1.0f, 2.0f});
  CHECK(quant::quantisation_error(x.data<float>(), {1.0, 0.0}, {.bits = 2}, 2.4) == 0.0);
}

TEST_CASE("the shrinking search is as good as trying every candidate") {
  core::Rng rng(2);
  const Tensor w = rng.normal({3, 40}, 0.1, 1.0);
  for (const double p : {2.0, 2.4}) {
    for (const bool symmetric : {false, true}) {
      for (const bool per_channel : {false, true}) {
        for (const int bits : {2, 4}) {
          const Grid grid{.bits = bits, .symmetric = symmetric, .per_channel = per_channel};
          const quant::QParams q = quant::shrink_search(w, grid, {.p = p});
          const std::int64_t entries = per_channel ? 3 : 1, run = 120 / entries;
          REQUIRE(q.scale.numel() == entries);
          for (std::int64_t e = 0; e < entries; ++e) {
            const auto x = w.data<float>().subspan(e * run, run);
            double lo = 0, hi = 0, best = INFINITY;
            for (const float v : x) lo = std::min(lo, double(v)), hi = std::max(hi, double(v));
            for (int i = 0; i < 80; ++i) {
              const double f = 1.0 - 0.01 * i;
              best = std::min(best,
                              brute_error(x, quant::step_of_range(lo * f, hi * f, grid), grid, p));
            }
            const double found = brute_error(x, {q.scale.at(e), q.zero.at(e)}, grid, p);
            CHECK(found <= best * (1 + kTolerance));
          }
        }
      }
    }
  }
}

TEST_CASE("a search over values that are not finite is refused") {
  Tensor x = Tensor::full({4}, 1.0);
  x.writable<float>()[2] = NAN;
  CHECK_THROWS_WITH_AS(quant::shrink_search(x, {.per_channel = false}, {}),
                       doctest::Contains("finite"), core::Error);
  x.writable<float>()[2] = INFINITY;
  CHECK_THROWS_AS(quant::shrink_search(x, {.per_channel = false}, {}), core::Error);
  CHECK_THROWS_AS(quant::shrink_search(Tensor::zeros({0}), {.per_channel = false}, {}),
                  core::ShapeError);
}
