#include "tests/nn/optim/golden.h"

TEST_CASE("lion follows its formula step by step and resumes with the same bits") {
  nn_test::check_optimizer("lion");
}

TEST_CASE("lion moves by the rate and decays apart from the gradient") {
  CHECK(nn_test::after_one_step({{"name", "lion"}}, 1e-12) == 0.5);
  CHECK(nn_test::after_one_step({{"name", "lion"}}, 0.0) == 1.0);
  CHECK(nn_test::after_one_step({{"name", "lion"}, {"weight_decay", 0.2}}, -3.0) ==
        doctest::Approx(0.9 + 0.5));
}
