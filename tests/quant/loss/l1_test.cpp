#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("l1 on a 2x3 example by hand") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  CHECK(value(*make("l1"), prediction, target) == doctest::Approx((1 + 2 + 2) / 2.0));
}

TEST_CASE(
    "l1 passes gradcheck, equals lp with p = 1, and is zero with zero gradient at the target") {
  check_loss(*make("l1"));
  check_zero_at_target(*make("l1"));
  const Tensor x = normal("prediction", {3, 4, 5});
  const Result l1 = run(*make("l1"), x), lp = run(*make("lp", {{"p", 1.0}}), x);
  CHECK(l1.value == doctest::Approx(lp.value).epsilon(1e-14));
  CHECK(support::relative_difference(l1.gradient, lp.gradient) < 1e-14);
}
