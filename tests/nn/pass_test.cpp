#include "nn/pass.h"

#include "nn/layers/linear.h"
#include "tests/nn/support.h"

TEST_CASE("the base pass changes nothing and asks for no gradient") {
  nn::Linear layer(3, 2);
  nn::bind_paths(layer);
  nn::EvalPass pass;
  const autograd::Variable x(nn_test::random({2, 3}, 1));
  CHECK(pass.input(layer, 0, x).id() == x.id());
  CHECK(pass.output(layer, x).id() == x.id());
  CHECK(pass.parameter(layer, layer.weight).value().is_same(layer.weight.value));
  CHECK_FALSE(pass.parameter(layer, layer.weight).requires_grad());
  CHECK_FALSE(pass.training());
  CHECK(pass.precision() == core::Precision::f32);
  CHECK(nn::EvalPass(core::Precision::bf16).precision() == core::Precision::bf16);
}

TEST_CASE("a pass without a generator says who asked for a mask") {
  nn::Linear layer(3, 2);
  nn::EvalPass pass;
  CHECK_THROWS_WITH_AS(pass.mask_rng(layer), doctest::Contains("Linear"), core::Error);
}

TEST_CASE("images become activations of the precision, and heads widen them") {
  using core::DType;
  const nn::EvalPass f32, bf16(core::Precision::bf16);
  const autograd::Variable x(nn_test::random({2, 3}, 1)), exact(x.value().to(DType::f64));
  CHECK(nn::as_activation(x, f32).id() == x.id());
  CHECK(nn::as_activation(exact, bf16).id() == exact.id());
  const autograd::Variable narrow = nn::as_activation(x, bf16);
  CHECK(support::same_bits(narrow.value(), x.value().to(DType::bf16)));
  CHECK(nn::as_activation(narrow, bf16).id() == narrow.id());
  CHECK(support::same_bits(nn::widened(narrow).value(), narrow.value().to(DType::f32)));
  CHECK(nn::widened(x).id() == x.id());
}
