#include "tests/quant/augment/table.h"

TEST_CASE("mixup gives a convex combination of two samples, the same for every element") {
  const core::Tensor x = augment_test::numbered({8, 3, 2});
  const core::Tensor y = augment_test::apply("mixup", x, {{"alpha", 1.0}});
  for (std::int64_t n = 0; n < 8; ++n) {
    const double move = y.at(n * 6) - x.at(n * 6);
    for (std::int64_t i = 0; i < 6; ++i)
      CHECK(y.at(n * 6 + i) - x.at(n * 6 + i) == doctest::Approx(move).epsilon(1e-3));
    CHECK(y.at(n * 6) >= 0.999);
    CHECK(y.at(n * 6) <= 7001.001);
  }
}

TEST_CASE("the share of mixup has the mean and the spread of a Beta distribution") {
  // two samples, 0 and 1: a row that is paired with the other one shows its share
  const core::Tensor x = core::Tensor::of<float>({2, 1}, {0, 1});
  double sum = 0, squares = 0, n = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const core::Tensor y = augment_test::apply("mixup", x, {{"alpha", 0.5}}, seed);
    if (y.at(0) == 0 && y.at(1) == 1) continue;  // paired with itself
    sum += y.at(1);
    squares += y.at(1) * y.at(1);
    n += 1;
  }
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.05));
  // variance of Beta(a, a) is 1 / (4 (2a + 1)) = 1/8
  CHECK(squares / n - (sum / n) * (sum / n) == doctest::Approx(0.125).epsilon(0.05));
}
