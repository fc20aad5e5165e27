#include <doctest/doctest.h>

#include "quant/scale/scale.h"
#include "tests/quant/helpers.h"

using core::Tensor;
using quant::Scale;
using quant_test::make;

TEST_CASE("mean_std reaches k deviations from the mean, within the values and around zero") {
  // mean 2, deviation 2
  const Tensor x = Tensor::of<float>({1, 4}, {0, 4, 0, 4});
  const auto scale = [&](double k, int bits) {
    return (*make<Scale>("mean_std", {{"k", k}}))(x, {.bits = bits}).scale.at(0);
  };
  CHECK(scale(0.5, 2) == doctest::Approx(3.0 / 3));  // [1, 3], widened to zero
  CHECK(scale(6, 2) == doctest::Approx(4.0 / 3));    // no further than the values
  CHECK(scale(0.5, 8) == doctest::Approx(4.0 / 255));
  const Tensor far = Tensor::of<float>({1, 5}, {-1, 1, -1, 1, 100});
  const quant::QParams q = (*make<Scale>("mean_std", {{"k", 1.0}}))(far, {.bits = 4});
  CHECK(q.scale.at(0) * 15 == doctest::Approx(1 + 20 + std::sqrt(1600.8)).epsilon(1e-5));
}

TEST_CASE("mean_std takes six deviations and a channel of zeros the step of nothing") {
  const auto six = make<Scale>("mean_std");
  CHECK((*six)(Tensor::zeros({1, 3}), {.bits = 4}).scale.at(0) ==
        doctest::Approx(quant::kStepOfZero));
  Tensor x = core::Rng(4).normal({1, 1000}, 0, 1);
  x.writable<float>()[0] = 1000;
  const double mean = 1, deviation = std::sqrt(1000 - 1 + 1.0);
  CHECK((*six)(x, {.bits = 4, .symmetric = true}).scale.at(0) * 7.5 ==
        doctest::Approx(mean + 6 * deviation).epsilon(1e-2));
}
