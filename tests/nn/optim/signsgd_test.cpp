#include "tests/nn/optim/golden.h"

TEST_CASE("signsgd follows its formula step by step and resumes with the same bits") {
  nn_test::check_optimizer("signsgd");
}

TEST_CASE("signsgd moves by the rate, whatever the size of the gradient, and stays at zero") {
  CHECK(nn_test::after_one_step({{"name", "signsgd"}}, 1e-12) == 0.5);
  CHECK(nn_test::after_one_step({{"name", "signsgd"}}, -1e12) == 1.5);
  CHECK(nn_test::after_one_step({{"name", "signsgd"}}, 0.0) == 1.0);
  CHECK(nn_test::after_one_step({{"name", "signsgd"}, {"momentum", 0.9}}, 0.0) == 1.0);
}
