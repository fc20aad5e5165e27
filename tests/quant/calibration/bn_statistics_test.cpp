#include "quant/calibration/bn_statistics.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "autograd/gradients.h"
#include "core/rng.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("the distance of an image is that of its own mean and deviation") {
  // one channel, four positions: mean 3, unbiased variance 14/3; the second image is flat
  const Tensor x = Tensor::of<float>({2, 2, 2, 1}, {1, 2, 3, 6, 5, 5, 5, 5});
  const Tensor d = quant::statistics_distance(x, {.mean = {1.0}, .std = {0.5}});
  const double std = std::sqrt(14.0 / 3 + 1e-6), flat = std::sqrt(1e-6);
  CHECK(d.dtype() == core::DType::f64);
  CHECK(d.at(0) == doctest::Approx(4 + (std - 0.5) * (std - 0.5)));
  CHECK(d.at(1) == doctest::Approx(16 + (flat - 0.5) * (flat - 0.5)));
}

TEST_CASE("the distance is an average over channels") {
  // channel means 1 and 2, both flat
  const Tensor x = Tensor::of<float>({1, 2, 1, 2}, {1, 2, 1, 2});
  const double flat = std::sqrt(1e-6);
  const Tensor d = quant::statistics_distance(x, {.mean = {0.0, 0.0}, .std = {flat, flat}});
  CHECK(d.item() == doctest::Approx((1.0 + 4.0) / 2));
}

TEST_CASE("the loss is the mean of the distances") {
  const Tensor x = core::Rng(1).normal({3, 2, 3, 4}, 0.5, 2.0);
  const quant::ChannelStatistics target{{0.1, 0.2, 0.3, 0.4}, {1, 1, 2, 2}};
  double mean = 0;
  for (const double d : quant::statistics_distance(x, target).values()) mean += d / 3;
  CHECK(quant::statistics_loss(Variable(x), target).value().item() == doctest::Approx(mean));
}

TEST_CASE("the loss has the right gradient, also with one position") {
  const quant::ChannelStatistics target{{0.1, -0.4}, {0.7, 1.3}};
  for (const core::Shape& shape : {core::Shape{2, 3, 2, 2}, core::Shape{3, 1, 1, 2}}) {
    const Tensor x = core::Rng(2).normal(shape, 0.3, 1.0, core::DType::f64);
    const auto report = autograd::gradcheck(
        [&](std::span<const Variable> in) { return quant::statistics_loss(in[0], target); },
        std::span(&x, 1));
    CHECK_MESSAGE(report.passed, report.str());
  }
}

TEST_CASE("channels must agree") {
  CHECK_THROWS_AS(
      quant::statistics_distance(Tensor::zeros({1, 2, 2, 3}), {.mean = {0.0}, .std = {1.0}}),
      core::ShapeError);
}
