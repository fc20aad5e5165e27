#include "tests/nn/optim/golden.h"

TEST_CASE("sgd follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("sgd");
}

TEST_CASE("nesterov without momentum is refused") {
  core::Params params = nn_test::options({{"name", "sgd"}, {"nesterov", true}});
  CHECK_THROWS_AS(core::Registry<nn::Optimizer>::create(params), core::ConfigError);
}
