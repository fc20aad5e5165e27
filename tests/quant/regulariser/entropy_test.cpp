#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "autograd/gradients.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("entropy is lambda times the sum of the entropies, after the warm-up") {
  const auto entropy = quant_test::make<quant::Regulariser>("entropy", {{"lambda", 0.5}});
  const std::vector<Variable> h{Variable(Tensor::of<double>({2}, {0.5, 0.2}))};
  CHECK((*entropy)(h, 20, 100)->value().item() ==
        doctest::Approx(0.5 * (std::log(2.0) - 0.2 * std::log(0.2) - 0.8 * std::log(0.8))));
  CHECK_FALSE((*entropy)(h, 19, 100));
  CHECK(entropy->pull(19, 100).lambda == 0);
  CHECK(entropy->pull(20, 100).shape == quant::Pull::Shape::entropy);
}

TEST_CASE("the gradient of entropy matches finite differences, and is finite at 0 and 1") {
  const auto entropy = quant_test::make<quant::Regulariser>("entropy", {{"warm_up", 0.0}});
  const Tensor h = Tensor::of<double>({4}, {0.1, 0.5, 0.6, 0.97});
  const auto report =
      autograd::gradcheck([&](auto in) { return *(*entropy)(in, 0, 1); }, std::vector{h});
  CHECK_MESSAGE(report.passed, report.str());
  const std::vector<Variable> ends{Variable(Tensor::of<double>({2}, {0.0, 1.0}), true)};
  const Variable value = *(*entropy)(ends, 0, 1);
  CHECK(value.value().item() < 1e-6);
  CHECK(autograd::gradients(value, ends)[0].values() == std::vector<double>{0, 0});
}
