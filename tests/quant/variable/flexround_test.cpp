#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("flexround has the gradients of its formula, in d2 and in d1 = ln s") {
  // oracle: W = .8, s = .13, d2 = .02: -.784159 and -.0041590
  const auto variable = quant_test::make<RoundingVariable>("flexround");
  const quant::QuantisedWeight weight{
      Tensor::full({1}, 0.8, core::DType::f64),
      {.bits = 4, .per_channel = false},
      {Tensor::full({1}, 0.13, core::DType::f64), Tensor::full({1}, 5.0, core::DType::f64)}};
  std::vector<Variable> wrt = quant_test::leaves(
      {Tensor::full({1}, 0.02, core::DType::f64), Tensor::zeros({1}, core::DType::f64)});
  const std::vector<Variable> learned = wrt;
  const Variable scale(weight.q.scale, true);
  wrt.push_back(scale);
  const Variable soft = variable->soften(weight, learned, {.scale = &scale}).weight;
  CHECK(soft.value().item() == doctest::Approx(6 * 0.13));
  const auto grads = autograd::gradients(soft, wrt);
  CHECK(grads[0].item() == doctest::Approx(-0.784159).epsilon(1e-6));
  CHECK(0.13 * grads[2].item() == doctest::Approx(-0.0041590).epsilon(1e-4));
}

TEST_CASE("flexround has factors for input channels of convolutions only") {
  const auto variable = quant_test::make<RoundingVariable>("flexround");
  const auto conv = variable->init(quant_test::step_one(Tensor::zeros({4, 3, 2, 2})));
  REQUIRE(conv.size() == 3);
  CHECK(conv[0].shape() == core::Shape{4, 3, 2, 2});
  CHECK(conv[1].shape() == core::Shape{4, 1, 1, 1});
  CHECK(conv[2].shape() == core::Shape{1, 3, 1, 1});
  const auto linear = variable->init(quant_test::step_one(Tensor::zeros({4, 3})));
  REQUIRE(linear.size() == 2);
  CHECK(linear[1].shape() == core::Shape{4, 1});
}

TEST_CASE("flexround scales what is rounded, not what it is rounded to") {
  const auto variable = quant_test::make<RoundingVariable>("flexround");
  const auto weight = quant_test::step_one(Tensor::full({2, 2}, 2.0));
  const Tensor d2 = Tensor::of<float>({2, 2}, {0.0f, 0.0f, 0.0f, -0.7f});
  const Tensor d3 = Tensor::of<float>({2, 1}, {0.0f, -0.5f});
  // 2, 2, 2 e^.5 = 3.3, 2 e^1.2 = 6.6
  CHECK(variable->harden(weight, std::vector{d2, d3}).values() ==
        std::vector<double>{10, 10, 11, 15});
}
