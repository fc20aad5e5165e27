#include "tests/nn/optim/golden.h"

TEST_CASE("one_cycle gives PyTorch's factors") { nn_test::check_schedule("one_cycle"); }
