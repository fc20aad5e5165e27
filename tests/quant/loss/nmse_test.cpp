#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("nmse on a 2x3 example by hand") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  CHECK(value(*make("nmse"), prediction, target) == doctest::Approx((1 + 4 + 4) / 3.0));
}

TEST_CASE("nmse passes gradcheck and is zero at the target") {
  check_loss(*make("nmse"));
  check_zero_at_target(*make("nmse"));
}

TEST_CASE("nmse does not change with the scale of both, and an all-zero target divides by 1") {
  const Tensor target = Tensor::of<double>({1, 2}, {1e-3, 2e-3});
  const Tensor prediction = Tensor::of<double>({1, 2}, {2e-3, 2e-3});
  CHECK(value(*make("nmse"), prediction, target) == doctest::Approx(0.2));
  const Variable x(Tensor::of<double>({1, 2}, {3, -4}), true);
  const Variable y = (*make("nmse"))({x, Tensor::zeros({1, 2}, DType::f64)});
  CHECK(y.value().item() == 25.0);
  CHECK(autograd::gradients(y, std::span(&x, 1))[0].values() == std::vector<double>{6, -8});
}
