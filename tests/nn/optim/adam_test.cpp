#include "tests/nn/optim/golden.h"

TEST_CASE("adam follows PyTorch step by step, also through a saved state") {
  nn_test::check_optimizer("adam");
}
