#include "quant/walk/correct_input.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/layers/batch_norm2d.h"
#include "quant/network/granularity.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

quant::BnCorrection options(quant_test::Keys keys) {
  core::Params params(quant_test::tree(keys));
  quant::BnCorrection out = quant::BnCorrection::read(params);
  params.done();
  return out;
}

/// Mean and standard deviation over the positions of one sample and channel of (N, P, 1, C).
std::pair<double, double> statistics(const Tensor& x, std::int64_t n, std::int64_t c) {
  const std::int64_t P = x.shape()[1], C = x.shape()[3];
  double mean = 0, square = 0;
  for (std::int64_t p = 0; p < P; ++p) mean += x.at((n * P + p) * C + c) / double(P);
  for (std::int64_t p = 0; p < P; ++p) square += std::pow(x.at((n * P + p) * C + c) - mean, 2);
  return {mean, std::sqrt(square / double(P - 1))};
}

}  // namespace

TEST_CASE("corrected inputs have the statistics of the batch norm when they may move freely") {
  nn::BatchNorm2d bn(2, 1e-5);
  bn.running_mean.value = Tensor::of<float>({2}, {0.5f, -1.0f});
  bn.running_var.value = Tensor::of<float>({2}, {4.0f, 0.25f});
  const nn::Forward block = [&](const Variable& x, nn::Pass& pass) { return bn.forward(x, pass); };
  const Tensor x = core::Rng(3).normal({5, 40, 1, 2}, 0, 1);
  const Tensor y = quant::correct_input(
      block, x, options({{"lr", 0.05}, {"batch", 2}, {"lambda_c", 1e6}}), nullptr);
  for (int n = 0; n < 5; ++n) {
    CHECK(statistics(y, n, 0).first == doctest::Approx(0.5).epsilon(0.02));
    CHECK(statistics(y, n, 0).second == doctest::Approx(2.0).epsilon(0.02));
    CHECK(statistics(y, n, 1).first == doctest::Approx(-1.0).epsilon(0.02));
    CHECK(statistics(y, n, 1).second == doctest::Approx(0.5).epsilon(0.02));
  }
  // a short leash keeps the input, and batches do not know of each other
  const auto leash = options({{"lr", 0.001}, {"batch", 2}, {"lambda_c", 1e-6}, {"iters", 50}});
  const Tensor near = quant::correct_input(block, x, leash, nullptr);
  CHECK(support::relative_difference(near, x) < 2e-3);
  const Tensor alone = quant::correct_input(block, x.rows(2, 2), leash, nullptr);
  CHECK(support::same_bits(alone, near.rows(2, 2)));
}

TEST_CASE("one step of the correction follows the gradient of the stated loss") {
  // one sample, one channel, two positions: mean m, std |a - b| / sqrt 2
  nn::BatchNorm2d bn(1, 1e-5);
  bn.running_mean.value = Tensor::of<float>({1}, {0.0f});
  bn.running_var.value = Tensor::of<float>({1}, {2.0f});
  const nn::Forward block = [&](const Variable& x, nn::Pass& pass) { return bn.forward(x, pass); };
  const Tensor x = Tensor::of<float>({1, 2, 1, 1}, {3.0f, 2.0f});
  // mean 2.5 is above 0, std 0.71 below 1.41: the first step of Adam is the rate by the sign of
  // d = 2 (2.5) / 2 + 2 (0.71 - 1.41) (a - b) / (2 std) = 2.5 - 1 and 2.5 + 1
  const Tensor y = quant::correct_input(block, x, options({{"iters", 1}, {"lr", 0.25}}), nullptr);
  CHECK(y.at(0) == doctest::Approx(2.75));
  CHECK(y.at(1) == doctest::Approx(1.75));
}

TEST_CASE("a block without batch normalisation keeps its input") {
  const Tensor x = core::Rng(3).normal({3, 4}, 0, 1);
  const nn::Forward block = [](const Variable& in, nn::Pass&) { return in; };
  CHECK(support::same_bits(quant::correct_input(block, x, options({}), nullptr), x));
}

TEST_CASE("a monitor can stop a correction") {
  struct Stop final : core::Monitor {
    bool stop_requested() const override { return true; }
  } monitor;
  const nn::Forward block = [](const Variable& in, nn::Pass&) { return in; };
  CHECK_THROWS_AS(quant::correct_input(block, Tensor::zeros({1, 2, 2, 1}), options({}), &monitor),
                  core::Interrupted);
}
