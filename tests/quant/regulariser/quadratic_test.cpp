#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("quadratic is 4 lambda times the sum of h (1 - h), after the warm-up") {
  const auto quadratic = quant_test::make<quant::Regulariser>("quadratic", {{"lambda", 0.5}});
  const std::vector<Variable> h{Variable(Tensor::of<double>({3}, {0.5, 1.0, 0.1})),
                                Variable(Tensor::of<double>({1}, {0.75}))};
  CHECK((*quadratic)(h, 20, 100)->value().item() ==
        doctest::Approx(4 * 0.5 * (0.25 + 0 + 0.09 + 0.1875)));
  CHECK_FALSE((*quadratic)(h, 19, 100));
  CHECK(quadratic->pull(19, 100).lambda == 0);
  CHECK(quadratic->pull(99, 100).lambda == 0.5);
  CHECK(quadratic->pull(99, 100).beta == 2);
}
