#include "tests/nn/optim/golden.h"

TEST_CASE("exponential gives PyTorch's factors") { nn_test::check_schedule("exponential"); }

TEST_CASE("exponential reaches its end by equal ratios, after the warm-up") {
  const auto at = [](std::int64_t step) {
    return nn_test::factor({{"name", "exponential"}, {"warmup", 0.2}, {"end", 0.0625}}, step, 20);
  };
  CHECK(at(0) == doctest::Approx(0.25));
  CHECK(at(4) == doctest::Approx(1.0));
  CHECK(at(8) == doctest::Approx(0.5));
  CHECK(at(12) == doctest::Approx(0.25));
  CHECK(at(16) == doctest::Approx(0.125));
}
