#include "tests/nn/optim/golden.h"

TEST_CASE("adamw follows PyTorch step by step and resumes with the same bits") {
  nn_test::check_optimizer("adamw");
}
