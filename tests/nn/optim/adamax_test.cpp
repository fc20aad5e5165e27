#include "tests/nn/optim/golden.h"

TEST_CASE("adamax follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("adamax");
}

TEST_CASE("a running average that never forgets is refused") {
  core::Params params = nn_test::options({{"name", "adamax"}, {"beta2", 1.0}});
  CHECK_THROWS_AS(core::Registry<nn::Optimizer>::create(params), core::ConfigError);
}
