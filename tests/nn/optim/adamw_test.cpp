#include "tests/nn/optim/golden.h"

TEST_CASE("adamw follows PyTorch step by step, also through a saved state") {
  nn_test::check_optimizer("adamw");
}
