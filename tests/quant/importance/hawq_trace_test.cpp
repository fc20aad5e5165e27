#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("hawq_trace of one layer is its known trace by weights, times the squared error") {
  // logits W x: the Hessian of KL at the float weights has trace mean |x|^2 sum p_k (1 - p_k)
  const ToyScores toy(false, 64);
  const Tensor x = quant_test::toy_images(64), w = toy.loss.floats()[0];
  double trace = 0;
  for (std::int64_t n = 0; n < 64; ++n) {
    double z[5], sum = 0, length = 0, spread = 0;
    for (std::int64_t j = 0; j < 3; ++j) length += x.at(n * 3 + j) * x.at(n * 3 + j);
    for (std::int64_t k = 0; k < 5; ++k) {
      z[k] = 0;
      for (std::int64_t j = 0; j < 3; ++j) z[k] += w.at(k * 3 + j) * x.at(n * 3 + j);
      sum += std::exp(z[k]);
    }
    for (std::int64_t k = 0; k < 5; ++k)
      spread += std::exp(z[k]) / sum * (1 - std::exp(z[k]) / sum);
    trace += length * spread / 64;
  }
  double error = 0;
  for (std::int64_t k = 0; k < 15; ++k)
    error += (w.at(k) - toy.rounded[0][0].at(k)) * (w.at(k) - toy.rounded[0][0].at(k));
  const double score = toy("hawq_trace", {{"draws", 400}})[0][0][0];
  CHECK(score == doctest::Approx(trace / 15 * error).epsilon(0.1));  // 400 random vectors
}

TEST_CASE("hawq_trace grows with the squared error alone, and is the same for the same seed") {
  const ToyScores toy;
  const auto scores = toy("hawq_trace", {{"draws", 4}});
  const auto error = [&](std::size_t c) {
    double sum = 0;
    for (std::int64_t k = 0; k < 15; ++k) {
      const double e = toy.loss.floats()[0].at(k) - toy.rounded[0][c].at(k);
      sum += e * e;
    }
    return sum;
  };
  CHECK(scores[0][0][0] / scores[0][0][2] == doctest::Approx(error(0) / error(2)));
  CHECK(scores == toy("hawq_trace", {{"draws", 4}}));
  CHECK(scores != toy("hawq_trace", {{"draws", 4}}, false, 2));
}

TEST_CASE("hawq_trace by channel has a trace of its own for every row, never below 0") {
  const ToyScores toy;
  const auto scores = toy("hawq_trace", {{"draws", 64}, {"loss", "ce"}}, true);
  REQUIRE(scores[0].size() == 5);
  for (const auto& part : scores[0]) CHECK(part[0] >= 0);
}
