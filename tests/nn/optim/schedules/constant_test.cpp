#include "tests/nn/optim/golden.h"

TEST_CASE("constant gives PyTorch's factors") { nn_test::check_schedule("constant"); }
