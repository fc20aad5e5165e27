#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("ce_pseudo by hand: the label is the largest target, the first of equals") {
  const Tensor target = Tensor::of<double>({2, 2}, {0, 3, 7, 7});
  const Tensor prediction = Tensor::of<double>({2, 2}, {4, 4, std::log(3.0), 0});
  CHECK(value(*make("ce_pseudo"), prediction, target) ==
        doctest::Approx((std::log(2.0) + std::log(4.0 / 3)) / 2));
}

TEST_CASE("ce_pseudo passes gradcheck on features and on logits") {
  check_loss(*make("ce_pseudo"));
  check_loss(*make("ce_pseudo"), {2, 3, 2, 5});
  check_loss(*make("ce_pseudo"), {4, 6});
}

TEST_CASE("ce_pseudo goes to its minimum 0 as the margin grows") {
  const Tensor target = Tensor::of<double>({1, 2}, {0, 1});
  CHECK(value(*make("ce_pseudo"), target, target) == doctest::Approx(std::log1p(std::exp(-1.0))));
  CHECK(value(*make("ce_pseudo"), Tensor::of<double>({1, 2}, {0, 40}), target) < 1e-16);
}
