#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("softplus_ratio starts with softplus of its two tensors at r and 1 - r") {
  const auto variable = quant_test::make<RoundingVariable>("softplus_ratio");
  const auto weight = quant_test::step_one(Tensor::of<float>({2}, {0.25f, 0.8f}));
  const auto v = variable->init(weight);
  REQUIRE(v.size() == 2);
  CHECK(v[0].at(0) == doctest::Approx(std::log(std::expm1(0.25))));
  CHECK(v[1].at(0) == doctest::Approx(std::log(std::expm1(0.75))));
  CHECK(quant_test::start_of(*variable, weight).h->value().at(1) == doctest::Approx(0.8));
}

TEST_CASE("softplus_ratio decides for the larger of its two tensors, and is finite far out") {
  const auto variable = quant_test::make<RoundingVariable>("softplus_ratio");
  const auto weight = quant_test::step_one(Tensor::full({4}, 0.3));
  const Tensor a = Tensor::of<float>({4}, {1.0f, -200.0f, 90.0f, -30.0f});
  const Tensor b = Tensor::of<float>({4}, {2.0f, -200.0f, -90.0f, -20.0f});
  CHECK(variable->harden(weight, std::vector{a, b}).values() == std::vector<double>{8, 9, 9, 8});
  const std::vector<Variable> leaf = quant_test::leaves({a, b});
  const Variable h = *variable->soften(weight, leaf, {}).h;
  CHECK(h.value().at(0) ==
        doctest::Approx(std::log1p(std::exp(1.0)) /
                        (std::log1p(std::exp(1.0)) + std::log1p(std::exp(2.0)))));
  CHECK(h.value().at(1) == 0.5);
  CHECK(h.value().at(2) == doctest::Approx(1));
  CHECK(h.value().at(3) == doctest::Approx(std::exp(-10.0)).epsilon(1e-4));
  const Tensor dy = Tensor::full({4}, 1.0);
  for (const Tensor& grad : autograd::gradients(h, leaf, &dy)) {
    for (const double g : grad.values()) CHECK(std::isfinite(g));
  }
}
