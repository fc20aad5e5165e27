#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("fisher_brecq on a 2x3 example by hand") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  const Tensor g = Tensor::of<double>({2, 3}, {-1, 0, 9, 9, 1, 9});
  CHECK(value(*make("fisher_brecq"), prediction, target, g) == doctest::Approx((4 + 4 + 16) / 2.0));
}

TEST_CASE("fisher_brecq passes gradcheck and is zero at the target") {
  check_loss(*make("fisher_brecq"));
  check_zero_at_target(*make("fisher_brecq"));
}

TEST_CASE("fisher_brecq is l2 when the sensitivities vanish beside 1") {
  const Tensor x = normal("prediction", {3, 5}), y = normal("target", {3, 5});
  CHECK(value(*make("fisher_brecq"), x, y, normal("sensitivity", {3, 5}, DType::f64, 1e-9)) ==
        doctest::Approx(value(*make("l2"), x, y)).epsilon(1e-7));
}
