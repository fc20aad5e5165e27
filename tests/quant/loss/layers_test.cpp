#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("layers by hand: the average of weighted errors over the energy of each layer") {
  const Tensor y = Tensor::of<double>({1, 2}, {3, 4}), x = Tensor::of<double>({1, 2}, {3, 5});
  const Tensor b = Tensor::of<double>({1, 1}, {2}), a = Tensor::of<double>({1, 1}, {5});
  quant::LossInputs in{Variable(x), y};
  in.layers = {Variable(x), Variable(a)};
  in.float_layers = {y, b};
  in.layer_weights = {0.5, 3.0};
  // 1/25 and 9/4
  CHECK((*make("layers"))(in).value().item() ==
        doctest::Approx((0.5 * 1.0 / 25 + 3.0 * 9.0 / 4) / 2));
}

TEST_CASE("layers passes gradcheck and asks for draws only where scores weigh") {
  check_loss(*make("layers"));
  CHECK(make("layers")->needs().layers);
  CHECK(make("layers")->needs().weight_draws == 100);
  CHECK(make("layers")->needs().weight_samples == 32);
  CHECK(make("layers", {{"weights", "uniform"}})->needs().weight_draws == 0);
}

TEST_CASE("layers refuses lists of different lengths and layers of two shapes") {
  const Tensor y = Tensor::zeros({1, 2});
  quant::LossInputs in{Variable(y), y};
  CHECK_THROWS_AS((*make("layers"))(in), core::ShapeError);
  in.layers = {Variable(y)};
  in.float_layers = {y, y};
  in.layer_weights = {1.0};
  CHECK_THROWS_AS((*make("layers"))(in), core::ShapeError);
  in.float_layers = {Tensor::zeros({1, 3})};
  CHECK_THROWS_AS((*make("layers"))(in), core::ShapeError);
}
