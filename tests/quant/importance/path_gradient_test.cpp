#include "quant/importance/path_gradient.h"

#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant::LossOf;
using quant_test::ToyScores;

namespace {

/// sum of (to - from) x the mean gradient
double sum_along(const std::vector<Tensor>& gradient, const std::vector<Tensor>& from,
                 const std::vector<Tensor>& to) {
  double out = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    for (std::int64_t k = 0; k < gradient[i].numel(); ++k)
      out += gradient[i].at(k) * (to[i].at(k) - from[i].at(k));
  }
  return out;
}

}  // namespace

TEST_CASE("integrated gradients add up to the change of the loss as the steps grow") {
  const ToyScores toy;
  const std::vector<Tensor> rounded{toy.rounded[0][0], toy.rounded[1][0]};
  for (const LossOf what : {LossOf::kl, LossOf::ce}) {
    const double change = toy.loss.value(what, toy.loss.floats()) - toy.loss.value(what, rounded);
    double coarse = 0;
    for (const std::int64_t steps : {1, 8, 64}) {
      const auto g = quant::path_gradient(toy.loss, what, rounded, toy.loss.floats(), steps, true);
      const double off = std::abs(sum_along(g, rounded, toy.loss.floats()) - change);
      if (steps == 1) coarse = off;
      if (steps == 8) CHECK(off < 0.5 * coarse);
      if (steps == 64) CHECK(off < 1e-3 * std::abs(change));
    }
  }
}

TEST_CASE("on paths of single layers each layer accounts for its own change") {
  const ToyScores toy;
  const std::vector<Tensor>& floats = toy.loss.floats();
  const std::vector<Tensor> rounded{toy.rounded[0][0], toy.rounded[1][0]};
  const auto g = quant::path_gradient(toy.loss, LossOf::ce, rounded, floats, 64, false);
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<Tensor> at = floats;
    at[i] = rounded[i];
    const double change = toy.loss.value(LossOf::ce, floats) - toy.loss.value(LossOf::ce, at);
    CHECK(sum_along({g[i]}, {rounded[i]}, {floats[i]}) ==
          doctest::Approx(change).epsilon(1e-2).scale(1e-2));
  }
}

TEST_CASE("a path needs two ends of one kind and a step") {
  const ToyScores toy;
  const std::vector<Tensor>& w = toy.loss.floats();
  CHECK_THROWS_AS(quant::path_gradient(toy.loss, LossOf::kl, w, {}, 4, true), core::ShapeError);
  CHECK_THROWS_AS(quant::path_gradient(toy.loss, LossOf::kl, w, w, 0, true), core::ShapeError);
}
