#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("kl_rev of (1/2, 1/2) against (1/4, 3/4) by hand, averaged over rows") {
  const Tensor target = Tensor::of<double>({2, 2}, {0, std::log(3.0), 7, 7});
  const Tensor prediction = Tensor::of<double>({2, 2}, {5, 5, -1, -1});
  const double expected = (0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3)) / 2;
  CHECK(value(*make("kl_rev"), prediction, target) == doctest::Approx(expected));
}

TEST_CASE("kl_rev passes gradcheck at several temperatures and is zero at the target") {
  for (const double t : {0.5, 1.0, 4.0}) {
    check_loss(*make("kl_rev", {{"temperature", t}, {"times_t_squared", t > 1}}));
    check_zero_at_target(*make("kl_rev", {{"temperature", t}}));
  }
  check_loss(*make("kl_rev"), {2, 37});
}

TEST_CASE("kl_rev is kl with prediction and target exchanged") {
  const Tensor a = normal("prediction", {5, 6}), b = normal("target", {5, 6});
  CHECK(value(*make("kl_rev", {{"temperature", 2.0}}), a, b) ==
        doctest::Approx(value(*make("kl", {{"temperature", 2.0}}), b, a)));
}

TEST_CASE("kl_rev stays finite where a probability underflows") {
  const Variable x(Tensor::of<float>({1, 2}, {300, -300}), true);
  const Variable y = (*make("kl_rev"))({x, Tensor::of<float>({1, 2}, {-300, 300})});
  CHECK(y.value().item() == doctest::Approx(600));
  for (const double g : autograd::gradients(y, std::span(&x, 1))[0].values())
    CHECK(std::isfinite(g));
}
