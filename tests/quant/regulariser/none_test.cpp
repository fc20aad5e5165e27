#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("the regulariser none adds nothing") {
  const auto none = quant_test::make<quant::Regulariser>("none");
  const std::vector<autograd::Variable> h{autograd::Variable(core::Tensor::full({2}, 0.3))};
  CHECK_FALSE((*none)(h, 5, 10));
  CHECK(none->has_pull());
  CHECK(none->pull(5, 10).lambda == 0);
}
