#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("fisher on a 2x3 example by hand") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  const Tensor g = Tensor::of<double>({2, 3}, {-2, 1, 0, 0, 1, 0});  // mean square 1
  CHECK(value(*make("fisher"), prediction, target, g) == doctest::Approx((4 + 4 + 4) / 2.0));
}

TEST_CASE("fisher passes gradcheck and is zero at the target") {
  check_loss(*make("fisher"));
  check_zero_at_target(*make("fisher"));
}

TEST_CASE("fisher with equal sensitivities is l2, whatever their size, also in f32") {
  const Tensor x = normal("prediction", {3, 5}), y = normal("target", {3, 5});
  for (const double size : {1e-25, 1.0, 1e25}) {
    CAPTURE(size);
    const Tensor g = Tensor::full({3, 5}, size, DType::f32);
    CHECK(value(*make("fisher"), x.to(DType::f32), y.to(DType::f32), g) ==
          doctest::Approx(value(*make("l2"), x, y)).epsilon(1e-5));
  }
}

TEST_CASE("fisher without any sensitivity is zero with zero gradient") {
  const Variable x(normal("prediction", {3, 5}), true);
  const Variable y =
      (*make("fisher"))({x, normal("target", {3, 5}), Tensor::zeros({3, 5}, DType::f64)});
  CHECK(y.value().item() == 0.0);
  for (const double g : autograd::gradients(y, std::span(&x, 1))[0].values()) CHECK(g == 0.0);
}
