#include "quant/grid/sorted_values.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/rng.h"

using quant::Cut;
using quant::SortedValues;

TEST_CASE("cuts lie half way between levels, or half way between exponents") {
  const std::vector<double> levels{-4, -1, 0, 1, 4, 16};
  CHECK(quant::cuts_of(levels, Cut::middle) == std::vector<double>{-2.5, -0.5, 0.5, 2.5, 10});
  CHECK(quant::cuts_of(levels, Cut::logarithm) == std::vector<double>{-2, -0.5, 0.5, 2, 8});
  const std::vector<double> one{-1, 0, 1};
  CHECK(quant::cuts_of(one, Cut::logarithm)[1] == doctest::Approx(std::sqrt(0.5)));
}

TEST_CASE("the error from running sums is that of a pass over the values") {
  const std::vector<double> x = core::Rng(1).normal({500}, 0, 1).values();
  const std::vector<double> w = core::Rng(2).uniform({500}, 0, 3).values();
  const std::vector<double> levels{-4, -1, 0, 1, 4};
  const SortedValues sorted(x, w);
  for (const Cut cut : {Cut::middle, Cut::logarithm}) {
    const std::vector<double> cuts = quant::cuts_of(levels, cut);
    for (const double factor : {0.1, 0.4, 1.0}) {
      double expected = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        std::size_t at = 0;
        while (at < cuts.size() && x[i] >= factor * cuts[at]) ++at;
        expected += w[i] * std::pow(x[i] - factor * levels[at], 2);
      }
      CHECK(sorted.error(levels, cuts, factor) == doctest::Approx(expected).epsilon(1e-9));
    }
  }
}

TEST_CASE("Lloyd's algorithm ends with every level at the weighted mean of its values") {
  const std::vector<double> x{0, 1, 2, 10, 11, 12, 100}, w{1, 1, 1, 1, 1, 2, 1};
  const std::vector<double> found = SortedValues(x, w).lloyd({0, 5, 50}, 100);
  CHECK(found == std::vector<double>{1, 11.25, 100});
  // a level without values stays
  CHECK(SortedValues(x).lloyd({6, 200}, 1) == std::vector<double>{136.0 / 7, 200});
  CHECK(SortedValues(x).lloyd({0, 5, 50}, 0) == std::vector<double>{0, 5, 50});
}

TEST_CASE("every step of Lloyd's algorithm lowers the error") {
  const SortedValues sorted(core::Rng(3).normal({400}, 0, 1).values());
  std::vector<double> levels{-3, -2, -1, 0, 1, 2, 3};
  double before = sorted.error(levels, quant::cuts_of(levels, Cut::middle), 1);
  for (int i = 0; i < 10; ++i) {
    levels = sorted.lloyd(levels, 1);
    const double now = sorted.error(levels, quant::cuts_of(levels, Cut::middle), 1);
    CHECK(now <= before);
    before = now;
  }
}

TEST_CASE("quantiles are sorted values, and values may be moved") {
  const std::vector<double> x{3, 1, 2};
  const SortedValues sorted(x);
  CHECK(sorted.quantile(0) == 1);
  CHECK(sorted.quantile(0.5) == 2);
  CHECK(sorted.quantile(1) == 3);
  CHECK(sorted.moved(2).smallest() == 3);
  CHECK(sorted.moved(2).largest() == 5);
  CHECK_THROWS_AS(SortedValues(std::vector<double>{}), core::ShapeError);
  CHECK_THROWS_AS(SortedValues(x, std::vector<double>{1.0}), core::ShapeError);
}
