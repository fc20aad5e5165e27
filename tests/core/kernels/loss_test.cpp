#include "core/kernels/loss.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/kernels/softmax.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("cross entropy is the mean of -ln q at the label, smoothed or not") {
  const Tensor logits = Tensor::of<double>({2, 3}, {1, 2, 0.5, -1, 0, 3});
  const Tensor labels = Tensor::of<std::int64_t>({2}, {1, 0});
  const Tensor log_q = core::log_softmax(logits);
  const core::RowLoss hard = core::cross_entropy(logits, labels, 0);
  CHECK(hard.loss.item() == doctest::Approx(-(log_q.at(1) + log_q.at(3)) / 2).epsilon(1e-14));
  double all = 0;
  for (const double v : log_q.values()) all += v;
  const core::RowLoss soft = core::cross_entropy(logits, labels, 0.3);
  CHECK(soft.loss.item() ==
        doctest::Approx(0.7 * hard.loss.item() - 0.3 / 3 * all / 2).epsilon(1e-14));
}

TEST_CASE("the gradient rows of cross entropy sum to zero") {
  core::Rng rng(1);
  const Tensor logits = rng.normal({5, 7}, 0, 2, core::DType::f64);
  const Tensor labels = Tensor::of<std::int64_t>({5}, {0, 6, 3, 3, 1});
  const core::RowLoss r = core::cross_entropy(logits, labels, 0.1);
  const Tensor g = core::cross_entropy_backward(2.0, r.log_q, labels, 0.1);
  for (std::int64_t n = 0; n < 5; ++n) {
    double sum = 0;
    for (std::int64_t c = 0; c < 7; ++c) sum += g.at(7 * n + c);
    CHECK(std::abs(sum) < 1e-14);
  }
}

TEST_CASE("a huge logit of the wrong class costs its size, without overflow") {
  const Tensor logits = Tensor::of<float>({1, 2}, {10000, 0});
  CHECK(core::cross_entropy(logits, Tensor::of<std::int64_t>({1}, {1}), 0).loss.item() == 10000);
}

TEST_CASE("a NaN logit makes the loss NaN") {
  const Tensor logits = Tensor::of<float>({1, 2}, {NAN, 0});
  CHECK(std::isnan(core::cross_entropy(logits, Tensor::of<std::int64_t>({1}, {1}), 0).loss.item()));
}

TEST_CASE("the divergence counts impossible classes as nothing") {
  const Tensor p = Tensor::of<double>({1, 3}, {0.5, 0.5, 0}),
               logits = Tensor::zeros({1, 3}, core::DType::f64);
  const core::RowLoss r = core::kl_divergence(p, logits, 1);
  CHECK(r.loss.item() == doctest::Approx(std::log(3.0 / 2)).epsilon(1e-14));
  const Tensor g = core::kl_divergence_backward(1, p, r.log_q, 1);
  CHECK(g.at(0) == doctest::Approx(1.0 / 3 - 0.5));
  CHECK(g.at(2) == doctest::Approx(1.0 / 3));
}

TEST_CASE("row losses refuse empty or mismatched arguments") {
  const Tensor logits = Tensor::zeros({2, 3});
  const Tensor labels = Tensor::of<std::int64_t>({2}, {0, 1});
  CHECK_THROWS_AS(
      core::cross_entropy(Tensor::zeros({0, 3}), Tensor::zeros({0}, core::DType::s64), 0),
      core::ShapeError);
  CHECK_THROWS_AS(core::cross_entropy(Tensor::zeros({6}), labels, 0), core::ShapeError);
  CHECK_THROWS_AS(core::cross_entropy(logits, Tensor::zeros({2}), 0), core::ShapeError);
  CHECK_THROWS_AS(core::kl_divergence(Tensor::zeros({3, 2}), logits, 1), core::ShapeError);
  CHECK_THROWS_AS(core::kl_divergence(logits, logits, -1), core::ShapeError);
}
