#include "tests/nn/optim/golden.h"

TEST_CASE("momentum follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("momentum");
}

TEST_CASE("momentum starts with the plain gradient") {
  CHECK(nn_test::after_one_step({{"name", "momentum"}}, 1.0) == 0.5);
}
