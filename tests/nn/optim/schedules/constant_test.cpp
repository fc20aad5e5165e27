#include "tests/nn/optim/golden.h"

TEST_CASE("constant gives PyTorch's factors") { nn_test::check_schedule("constant"); }

TEST_CASE("constant can warm up") {
  const auto at = [](std::int64_t step) {
    return nn_test::factor({{"name", "constant"}, {"warmup", 0.4}}, step, 10);
  };
  CHECK(at(0) == doctest::Approx(0.25));
  CHECK(at(2) == doctest::Approx(0.75));
  CHECK(at(3) == 1.0);
  CHECK(at(9) == 1.0);
}
