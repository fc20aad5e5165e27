#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE(
    "hessian_perturb on a 2x3 example by hand, with one weight for all samples and with own") {
  const Tensor target = Tensor::of<double>({2, 3}, {0, 0, 0, 1, 1, 1});
  const Tensor prediction = Tensor::of<double>({2, 3}, {1, -2, 0, 1, 3, 1});
  const Tensor h = Tensor::of<double>({2, 3}, {2, -1, 0, 0, 1, 0});
  // means over samples 1, 1, 0: weights 3/2, 3/2, 0
  CHECK(value(*make("hessian_perturb"), prediction, target, h) ==
        doctest::Approx((1.5 + 4 * 1.5 + 4 * 1.5) / 2));
  // weights 3, 3/2, 0, 0, 3/2, 0
  CHECK(value(*make("hessian_perturb", {{"mean_over_samples", false}}), prediction, target, h) ==
        doctest::Approx((3 + 4 * 1.5 + 4 * 1.5) / 2));
}

TEST_CASE("hessian_perturb passes gradcheck and is zero at the target") {
  for (const bool mean : {false, true}) {
    check_loss(*make("hessian_perturb", {{"mean_over_samples", mean}}));
    check_zero_at_target(*make("hessian_perturb", {{"mean_over_samples", mean}}));
  }
}

TEST_CASE("hessian_perturb asks for the difference it is defined with") {
  const quant::LossNeeds needs =
      make("hessian_perturb", {{"epsilon", 0.25}, {"temperature", 3.0}})->needs();
  CHECK(needs.sensitivity);
  CHECK(!needs.logits);
  CHECK(needs.perturbation == 0.25);
  CHECK(needs.temperature == 3.0);
  CHECK(make("hessian_perturb")->needs().temperature == 20.0);
}

TEST_CASE("hessian_perturb with equal curvature is l2, and without any it is zero") {
  const Tensor x = normal("prediction", {3, 5}), y = normal("target", {3, 5});
  CHECK(value(*make("hessian_perturb"), x, y, Tensor::full({3, 5}, -1e-9, DType::f64)) ==
        doctest::Approx(value(*make("l2"), x, y)));
  CHECK(value(*make("hessian_perturb"), x, y, Tensor::zeros({3, 5}, DType::f64)) == 0.0);
}
