#include "tests/nn/optim/golden.h"

TEST_CASE("nesterov follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("nesterov");
}

TEST_CASE("nesterov looks ahead by the momentum at the first step") {
  CHECK(nn_test::after_one_step({{"name", "nesterov"}, {"momentum", 0.5}}, 1.0) ==
        doctest::Approx(1.0 - 0.5 * 1.5));
}

TEST_CASE("nesterov with a momentum of zero is refused") {
  core::Params params = nn_test::options({{"name", "nesterov"}, {"momentum", 0.0}});
  CHECK_THROWS_AS(core::Registry<nn::Optimizer>::create(params), core::ConfigError);
}
