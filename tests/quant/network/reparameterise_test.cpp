#include "quant/network/reparameterise.h"

#include <doctest/doctest.h>

#include <cmath>

#include "quant/grid/grid.h"
#include "tests/quant/helpers.h"

using core::Tensor;

namespace {

struct Pair {
  nn::LayerNorm norm{2, 1e-6};
  nn::Linear layer{2, 1};
  Pair() {
    norm.weight.value = Tensor::of<float>({2}, {1, 1});
    norm.bias.value = Tensor::of<float>({2}, {0, 0});
    layer.weight.value = Tensor::of<float>({1, 2}, {0.5f, -1.2f});
    layer.bias->value = Tensor::of<float>({1}, {0});
  }
  /// The layer's output for what the norm would have given as y (gamma 1, beta 0 before).
  double output(double y0, double y1) const {
    const Tensor &g = norm.weight.value, &b = norm.bias.value, &w = layer.weight.value;
    return w.at(0) * (g.at(0) * y0 + b.at(0)) + w.at(1) * (g.at(1) * y1 + b.at(1)) +
           layer.bias->value.at(0);
  }
};

}  // namespace

TEST_CASE("the oracle: y = (1.7, -.4), w = (.5, -1.2) gives 1.33 on both paths") {
  Pair pair;
  CHECK(pair.output(1.7, -0.4) == doctest::Approx(1.33));
  const std::vector<double> s{0.1, 0.3}, z{3, 7};
  quant::reparameterise(pair.norm, pair.layer, s, z);
  CHECK(pair.output(1.7, -0.4) == doctest::Approx(1.33));
  // r = (1/2, 3/2)
  CHECK(pair.norm.weight.value.at(0) == doctest::Approx(2));
  CHECK(pair.layer.weight.value.at(1) == doctest::Approx(-1.8));
}

TEST_CASE("codes on the one step are those that each channel had on its own") {
  Pair pair;
  const std::vector<double> s{0.1, 0.3}, z{3, 7};
  quant::reparameterise(pair.norm, pair.layer, s, z);
  for (double y = -0.3; y < 1; y += 0.0371) {
    for (std::int64_t c = 0; c < 2; ++c) {
      const double moved = pair.norm.weight.value.at(c) * y + pair.norm.bias.value.at(c);
      const double own = y / s[static_cast<std::size_t>(c)] + z[static_cast<std::size_t>(c)];
      CHECK(moved / 0.2 + 5 == doctest::Approx(own).epsilon(1e-5));
    }
  }
}

TEST_CASE("a channel that never changes stays as it is; sizes and steps are checked") {
  Pair pair;
  quant::reparameterise(pair.norm, pair.layer, std::vector<double>{0.0, 0.3},
                        std::vector<double>{0, 7});
  CHECK(pair.norm.weight.value.at(0) == 1);
  CHECK(pair.norm.bias.value.at(0) == 0);
  CHECK(pair.output(1.7, -0.4) == doctest::Approx(1.33));
  Pair dead;
  quant::reparameterise(dead.norm, dead.layer, std::vector<double>{0.0, 0.0},
                        std::vector<double>{0, 0});
  CHECK(dead.output(1.7, -0.4) == doctest::Approx(1.33));
  CHECK_THROWS_AS(quant::reparameterise(pair.norm, pair.layer, std::vector<double>{0.1},
                                        std::vector<double>{0, 0}),
                  core::ShapeError);
  CHECK_THROWS_AS(quant::reparameterise(pair.norm, pair.layer, std::vector<double>{0.1, NAN},
                                        std::vector<double>{0, 0}),
                  core::ShapeError);
}
