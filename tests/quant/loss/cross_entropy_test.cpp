#include "tests/quant/loss/cases.h"

using namespace loss_test;

namespace {

double of_logits(const Tensor& logits, const Tensor& labels) {
  const Tensor y = Tensor::zeros({logits.shape()[0], 3}, DType::f64);
  quant::LossInputs in{Variable(y), y, {}, Variable(logits), logits};
  in.labels = labels;
  return (*make("cross_entropy"))(in).value().item();
}

}  // namespace

TEST_CASE("cross_entropy by hand: minus the log of the probability of the true class") {
  const Tensor logits = Tensor::of<double>({2, 2}, {0, std::log(3.0), 5, 5});
  CHECK(of_logits(logits, Tensor::of<std::int64_t>({2}, {0, 1})) ==
        doctest::Approx((std::log(4.0) + std::log(2.0)) / 2));
}

TEST_CASE("cross_entropy passes gradcheck through the logits") {
  check_loss(*make("cross_entropy"));
  check_loss(*make("cross_entropy"), {4, 6});
}

TEST_CASE("cross_entropy refuses inputs without a label a sample") {
  const Tensor logits = Tensor::zeros({2, 2}, DType::f64);
  CHECK_THROWS_AS(of_logits(logits, {}), core::ShapeError);
  CHECK_THROWS_AS(of_logits(logits, Tensor::zeros({3}, DType::s64)), core::ShapeError);
}
