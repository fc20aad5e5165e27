#include "nn/init.h"

#include <cmath>

#include "nn/layers/conv2d.h"
#include "tests/nn/support.h"

using namespace nn_test;

namespace {

double spread(const Tensor& t) {
  double square = 0;
  for (const double v : t.values()) square += v * v;
  return std::sqrt(square / static_cast<double>(t.numel()));
}

}  // namespace

TEST_CASE("fans count the kernel area") {
  CHECK(nn::fan_in({8, 3, 5, 5}) == 75);
  CHECK(nn::fan_out({8, 3, 5, 5}) == 200);
  CHECK(nn::fan_in({8, 3}) == 3);
}

TEST_CASE("kaiming weights have variance 2 / fan") {
  nn::Conv2d conv(32, 64, 3);
  nn::bind_paths(conv);
  nn::init_kaiming_normal(conv.weight, 288, core::Rng(1));
  // 18,432 draws: the standard error of the spread is 0.5 %
  CHECK(spread(conv.weight.value) == doctest::Approx(std::sqrt(2.0 / 288)).epsilon(0.02));
}

TEST_CASE("torch's default is uniform within one over the root of the fan-in") {
  nn::Conv2d conv(32, 64, 3, {}, true);
  nn::bind_paths(conv);
  nn::init_torch_default(conv, core::Rng(1));
  const double bound = 1 / std::sqrt(288.0);
  double largest = 0;
  for (const double v : conv.weight.value.values()) largest = std::max(largest, std::abs(v));
  CHECK(largest <= bound);
  CHECK(largest > 0.99 * bound);
  CHECK(spread(conv.weight.value) == doctest::Approx(bound / std::sqrt(3.0)).epsilon(0.02));
  CHECK(spread(conv.bias->value) > 0);
  nn::init_constant(*conv.bias, 0.5);
  CHECK(conv.bias->value.at(63) == 0.5);
}
