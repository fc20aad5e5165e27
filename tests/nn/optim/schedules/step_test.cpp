#include "tests/nn/optim/golden.h"

TEST_CASE("step gives PyTorch's factors") { nn_test::check_schedule("step"); }

TEST_CASE("a milestone outside the run is refused") {
  CHECK_THROWS_AS(nn_test::factor({{"name", "step"}, {"milestones", core::Value::List{1.5}}}, 0, 2),
                  core::ConfigError);
}
