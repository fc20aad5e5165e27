#include "tests/nn/optim/golden.h"

TEST_CASE("adagrad follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("adagrad");
}

TEST_CASE("adagrad's first step has the length of the rate") {
  CHECK(nn_test::after_one_step({{"name", "adagrad"}}, 7.0) == doctest::Approx(0.5));
  CHECK(nn_test::after_one_step({{"name", "adagrad"}}, 0.0) == 1.0);
}
