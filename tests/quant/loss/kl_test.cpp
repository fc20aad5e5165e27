#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("kl of (1/4, 3/4) against (1/2, 1/2) by hand, averaged over rows") {
  const Tensor target = Tensor::of<double>({2, 2}, {0, std::log(3.0), 7, 7});
  const Tensor prediction = Tensor::of<double>({2, 2}, {5, 5, -1, -1});
  const double expected = (0.25 * std::log(0.5) + 0.75 * std::log(1.5)) / 2;
  CHECK(value(*make("kl"), prediction, target) == doctest::Approx(expected));
}

TEST_CASE("kl passes gradcheck at several temperatures and is zero at the target") {
  for (const double t : {0.5, 1.0, 4.0}) {
    for (const bool squared : {false, true}) {
      check_loss(*make("kl", {{"temperature", t}, {"times_t_squared", squared}}));
      check_zero_at_target(*make("kl", {{"temperature", t}, {"times_t_squared", squared}}));
    }
  }
}

TEST_CASE("kl divides logits by the temperature and multiplies by its square on request") {
  const Tensor target = Tensor::of<double>({1, 2}, {0, 4 * std::log(3.0)});
  const Tensor prediction = Tensor::of<double>({1, 2}, {5, 5});
  const double expected = 0.25 * std::log(0.5) + 0.75 * std::log(1.5);
  CHECK(value(*make("kl", {{"temperature", 4.0}}), prediction, target) ==
        doctest::Approx(expected));
  CHECK(value(*make("kl", {{"temperature", 4.0}, {"times_t_squared", true}}), prediction, target) ==
        doctest::Approx(16 * expected));
}
