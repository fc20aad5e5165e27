#include <doctest/doctest.h>

#include "core/rng.h"
#include "quant/scale/scale.h"
#include "quant/scale/search.h"
#include "tests/quant/helpers.h"

using core::Tensor;
using quant::Grid;
using quant::Scale;
using quant_test::make;

TEST_CASE("a percentile lies between two values in proportion, channel by channel") {
  // 0..10: the 85th percentile is 8.5, the 15th 1.5 (and zero stays inside)
  Tensor x = Tensor::empty({2, 11});
  for (int i = 0; i < 22; ++i)
    x.writable<float>()[i] = static_cast<float>(i < 11 ? 10 - i : -(i - 11));
  const quant::QParams q = (*make<Scale>("percentile", {{"percent", 85.0}}))(x, {.bits = 2});
  CHECK(q.scale.at(0) == doctest::Approx(8.5 / 3));
  CHECK(q.zero.at(0) == 0);
  CHECK(q.scale.at(1) == doctest::Approx(8.5 / 3));
  CHECK(q.zero.at(1) == 3);
}

TEST_CASE("left to itself the percentile is the best of three by squared error") {
  Tensor x = core::Rng(2).normal({200000}, 0, 1);
  x.writable<float>()[7] = 30;
  for (const int bits : {3, 8}) {
    const Grid grid{.bits = bits, .per_channel = false};
    const auto error = [&](const quant::QParams& q) {
      return quant::quantisation_error(x.data<float>(), {q.scale.at(0), q.zero.at(0)}, grid, 2.0);
    };
    double least = 1e9;
    for (const double percent : {99.9, 99.99, 99.999})
      least = std::min(least, error((*make<Scale>("percentile", {{"percent", percent}}))(x, grid)));
    CHECK(error((*make<Scale>("percentile"))(x, grid)) == least);
    if (bits == 3) CHECK(least < error((*make<Scale>("minmax"))(x, grid)));
  }
}

TEST_CASE(
    "percentiles of the lower half are refused; one value gives its step and zeros that of "
    "nothing") {
  CHECK_THROWS_AS(make<Scale>("percentile", {{"percent", 50.0}}), core::ConfigError);
  const auto percentile = make<Scale>("percentile");
  CHECK((*percentile)(Tensor::full({1, 1}, 3), {.bits = 2}).scale.at(0) == doctest::Approx(1));
  CHECK((*percentile)(Tensor::zeros({1, 4}), {.bits = 2}).scale.at(0) ==
        doctest::Approx(quant::kStepOfZero));
}
