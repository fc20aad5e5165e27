#include "tests/quant/augment/table.h"

TEST_CASE("gaussian noise has the stated standard deviation relative to the batch") {
  core::Rng rng(5);
  const core::Tensor x = rng.normal({100, 100}, 3, 2);
  const core::Tensor y = augment_test::apply("gaussian", x, {{"sigma", 0.5}});
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double d = y.at(i) - x.at(i);
    sum += d;
    squares += d * d;
  }
  const double n = static_cast<double>(x.numel());
  CHECK(sum / n == doctest::Approx(0).epsilon(0.05));
  CHECK(std::sqrt(squares / n) == doctest::Approx(1).epsilon(0.05));
}
