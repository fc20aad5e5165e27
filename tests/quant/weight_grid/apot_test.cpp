#include <doctest/doctest.h>

#include "tests/quant/codebooks.h"

namespace {

/// Levels above zero in units of `unit` times the largest sum.
std::vector<double> sums(int bits, double largest) {
  const core::Tensor w = core::Rng(1).normal({2, 40}, 0, 1);
  std::vector<double> out = quant_test::positive_levels(quant_test::on_codebook("apot", w, bits));
  for (double& x : out) x *= largest;
  return out;
}

void check(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(expected[i]));
}

}  // namespace

TEST_CASE("three bits have one term: an eighth, a quarter and a half") {
  check(sums(3, 0.5), {0.125, 0.25, 0.5});
}

TEST_CASE("two bits have one level, four bits a term of three and one of one") {
  check(sums(2, 0.5), {0.5});
  // a in {0, 1/2, 1/4, 1/16}, b in {0, 1/8}
  check(sums(4, 0.625), {0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5, 0.625});
}

TEST_CASE("five bits are sums of two terms of three") {
  // a in {0, 1/2, 1/8, 1/32}, b in {0, 1/4, 1/16, 1/64}
  std::vector<double> expected;
  for (const double a : {0.0, 1 / 32.0, 1 / 8.0, 0.5}) {
    for (const double b : {0.0, 1 / 64.0, 1 / 16.0, 0.25}) expected.push_back(a + b);
  }
  std::sort(expected.begin(), expected.end());
  expected.erase(expected.begin());
  check(sums(5, 0.75), expected);
}
