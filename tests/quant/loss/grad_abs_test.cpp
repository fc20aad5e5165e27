#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("grad_abs on a 2x3 example by hand, as it is and divided by mean |g| = 4/6") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  const Tensor g = Tensor::of<double>({2, 3}, {2, -1, 0, 0, 1, 0});
  CHECK(value(*make("grad_abs", {{"normalise", false}}), prediction, target, g) ==
        doctest::Approx((2 + 2 + 2) / 2.0));
  CHECK(value(*make("grad_abs"), prediction, target, g) == doctest::Approx(3 * 6 / 4.0));
}

TEST_CASE("grad_abs passes gradcheck and is zero at the target") {
  for (const bool normalise : {false, true}) {
    check_loss(*make("grad_abs", {{"normalise", normalise}}));
    check_zero_at_target(*make("grad_abs", {{"normalise", normalise}}));
  }
}

TEST_CASE("grad_abs with equal sensitivities is l1, and without any it is zero") {
  const Tensor x = normal("prediction", {3, 5}), y = normal("target", {3, 5});
  CHECK(value(*make("grad_abs"), x, y, Tensor::full({3, 5}, -1e-9, DType::f64)) ==
        doctest::Approx(value(*make("l1"), x, y)));
  CHECK(value(*make("grad_abs"), x, y, Tensor::zeros({3, 5}, DType::f64)) == 0.0);
}
