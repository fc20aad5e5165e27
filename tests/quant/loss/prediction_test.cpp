#include "autograd/ops/mul.h"
#include "tests/quant/loss/cases.h"

using namespace loss_test;

namespace {

double mixed(const quant::Loss& loss, const Tensor& x, const Tensor& y, const Tensor& logits,
             const Tensor& float_logits) {
  return loss({Variable(x), y, {}, Variable(logits), float_logits}).value().item();
}

}  // namespace

TEST_CASE("prediction by hand: a l2 + KL / lambda_r at temperature T") {
  const Tensor y = Tensor::of<double>({1, 2}, {0, 0}), x = Tensor::of<double>({1, 2}, {1, -2});
  const Tensor fp = Tensor::of<double>({1, 2}, {0, 2 * std::log(3.0)});
  const Tensor q = Tensor::of<double>({1, 2}, {5, 5});
  const double kl = 0.25 * std::log(0.5) + 0.75 * std::log(1.5);
  const auto loss =
      make("prediction", {{"l2_weight", 3.0}, {"lambda_r", 0.2}, {"temperature", 2.0}});
  CHECK(mixed(*loss, x, y, q, fp) == doctest::Approx(3 * 5 + kl / 0.2));
}

TEST_CASE("prediction passes gradcheck through unit and logits and is zero at the target") {
  for (const double weight : {0.0, 1.0}) {
    check_loss(*make("prediction", {{"l2_weight", weight}}));
    check_zero_at_target(*make("prediction", {{"l2_weight", weight}}));
  }
}

TEST_CASE("prediction sends gradients through the logits") {
  const Variable x(Tensor::of<double>({1, 2}, {1, 2}), true);
  const Variable logits = autograd::mul(x, Variable(Tensor::of<double>({1, 2}, {1, -1})));
  const auto loss = make("prediction", {{"l2_weight", 0.0}, {"temperature", 1.0}});
  const Tensor fp = Tensor::of<double>({1, 2}, {0, 0});
  const Variable y = (*loss)({x, x.value(), {}, logits, fp});
  const Tensor g = autograd::gradients(y, std::span(&x, 1))[0];
  const double q = 1 / (1 + std::exp(-3.0));  // softmax(1, -2)
  CHECK(g.at(0) == doctest::Approx((q - 0.5) / 0.1));
  CHECK(g.at(1) == doctest::Approx(-(1 - q - 0.5) / 0.1));
}

TEST_CASE("prediction refuses to run without logits or with logits of two shapes") {
  const Tensor y = Tensor::zeros({1, 2});
  const auto loss = make("prediction");
  CHECK_THROWS_AS(value(*loss, y, y), core::Error);
  CHECK_THROWS_AS(mixed(*loss, y, y, Tensor::zeros({1, 3}), {}), core::Error);
  CHECK_THROWS_AS(mixed(*loss, y, y, Tensor::zeros({1, 3}), Tensor::zeros({1, 4})), core::Error);
}

TEST_CASE("prediction says which run of the unit its logits go on from") {
  CHECK(make("prediction")->needs().logits_of == quant::LogitsOf::unmixed_input);
  CHECK(make("prediction", {{"of", "mixed"}})->needs().logits_of == quant::LogitsOf::prediction);
  CHECK(make("prediction", {{"of", "unmixed"}})->needs().logits_of == quant::LogitsOf::unmixed);
}
