#include <doctest/doctest.h>

#include "quant/importance/path_gradient.h"
#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("singe weighs rounding errors with the mean gradient on the path from 0 to W") {
  const ToyScores toy;
  for (const bool together : {true, false}) {
    const auto scores = toy("singe", {{"steps", 4}, {"together", together}, {"loss", "ce"}});
    const std::vector<Tensor> zeros{Tensor::zeros({5, 3}), Tensor::zeros({4, 5})};
    const auto g =
        quant::path_gradient(toy.loss, quant::LossOf::ce, zeros, toy.loss.floats(), 4, together);
    for (std::size_t i = 0; i < 2; ++i) {
      double wanted = 0;
      for (std::int64_t k = 0; k < g[i].numel(); ++k)
        wanted += std::abs((toy.loss.floats()[i].at(k) - toy.rounded[i][0].at(k)) * g[i].at(k));
      CHECK(scores[i][0][0] == doctest::Approx(wanted));
    }
  }
}

TEST_CASE("singe by channel adds up to that by layer") {
  const ToyScores toy;
  CHECK(quant_test::adds_up(toy("singe"), toy("singe", {}, true)));
}
