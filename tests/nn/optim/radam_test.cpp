#include "tests/nn/optim/golden.h"

TEST_CASE("radam follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("radam");
}

TEST_CASE("radam starts as plain momentum") {
  CHECK(nn_test::after_one_step({{"name", "radam"}}, 3.0) == doctest::Approx(1.0 - 0.5 * 3.0));
}
