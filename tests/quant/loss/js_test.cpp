#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("js of (1/4, 3/4) and (1/2, 1/2) by hand, averaged over rows") {
  const Tensor target = Tensor::of<double>({2, 2}, {0, std::log(3.0), 7, 7});
  const Tensor prediction = Tensor::of<double>({2, 2}, {5, 5, -1, -1});
  const double to_p = 0.25 * std::log(0.25 / 0.375) + 0.75 * std::log(0.75 / 0.625);
  const double to_q = 0.5 * std::log(0.5 / 0.375) + 0.5 * std::log(0.5 / 0.625);
  CHECK(value(*make("js"), prediction, target) == doctest::Approx((to_p + to_q) / 2 / 2));
}

TEST_CASE("js passes gradcheck at several temperatures and is zero at the target") {
  for (const double t : {0.5, 1.0, 4.0}) {
    check_loss(*make("js", {{"temperature", t}, {"times_t_squared", t > 1}}));
    check_zero_at_target(*make("js", {{"temperature", t}}));
  }
}

TEST_CASE("js is symmetric and ends at ln 2") {
  const Tensor a = normal("prediction", {5, 6}), b = normal("target", {5, 6});
  CHECK(value(*make("js"), a, b) == doctest::Approx(value(*make("js"), b, a)));
  const Variable x(Tensor::of<float>({1, 2}, {300, -300}), true);
  const Variable y = (*make("js"))({x, Tensor::of<float>({1, 2}, {-300, 300})});
  CHECK(y.value().item() == doctest::Approx(std::log(2.0)));
  for (const double g : autograd::gradients(y, std::span(&x, 1))[0].values())
    CHECK(std::isfinite(g));
}
