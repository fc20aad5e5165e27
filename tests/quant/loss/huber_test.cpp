#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("huber on a 2x3 example by hand: the target has deviation 1/2") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  // delta = 1: |d| = 1 is on the border, |d| = 2 gives 2 - 1/2
  CHECK(value(*make("huber", {{"delta", 2.0}}), prediction, target) ==
        doctest::Approx((0.5 + 1.5 + 1.5) / 2));
}

TEST_CASE("huber passes gradcheck and is zero at the target") {
  for (const double delta : {0.1, 0.7, 50.0}) {
    check_loss(*make("huber", {{"delta", delta}}));
    check_zero_at_target(*make("huber", {{"delta", delta}}));
  }
}

TEST_CASE("huber with a wide delta is half of l2, with a narrow one delta times l1") {
  const Tensor x = normal("prediction", {3, 4, 5});
  CHECK(run(*make("huber", {{"delta", 100.0}}), x).value ==
        doctest::Approx(run(*make("l2"), x).value / 2));
  const double near = run(*make("huber", {{"delta", 1e-5}}), x).value;
  const double twice = run(*make("huber", {{"delta", 2e-5}}), x).value;
  CHECK(twice / near == doctest::Approx(2).epsilon(1e-4));
}

TEST_CASE("huber moves with the scale of the target, and a constant target counts as deviation 1") {
  const auto huber = make("huber", {{"delta", 0.5}});
  const Tensor x = normal("prediction", {4, 6}), y = normal("target", {4, 6});
  const auto scaled = [](const Tensor& t) {
    std::vector<double> v = t.values();
    for (double& e : v) e *= 8;
    return Tensor::of<double>(t.shape(), v);
  };
  CHECK(value(*huber, scaled(x), scaled(y)) == doctest::Approx(64 * value(*huber, x, y)));
  const Tensor flat = Tensor::full({1, 2}, 3, DType::f64);
  // errors 0.25 (below 0.5) and 2 (beyond)
  CHECK(value(*huber, Tensor::of<double>({1, 2}, {3.25, 5}), flat) ==
        doctest::Approx(0.5 * 0.0625 + 0.5 * (2 - 0.25)));
}
