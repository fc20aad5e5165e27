#include "tests/nn/optim/golden.h"

TEST_CASE("step gives PyTorch's factors") { nn_test::check_schedule("step"); }

TEST_CASE("a milestone outside the run is refused") {
  CHECK_THROWS_AS(nn_test::factor({{"name", "step"}, {"milestones", core::Value::List{1.5}}}, 0, 2),
                  core::ConfigError);
}

TEST_CASE("step counts its milestones after the warm-up") {
  const auto at = [](std::int64_t step) {
    return nn_test::factor(
        {{"name", "step"}, {"warmup", 0.2}, {"milestones", core::Value::List{0.5}}}, step, 20);
  };
  CHECK(at(1) == doctest::Approx(0.5));
  CHECK(at(11) == 1.0);
  CHECK(at(12) == doctest::Approx(0.1));
}
