#include <doctest/doctest.h>

#include "quant/importance/path_gradient.h"
#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("integrated_gradients sums |(w - Q(w)) x mean gradient| on the path from Q(W) to W") {
  const ToyScores toy;
  for (const bool together : {true, false}) {
    const auto scores = toy("integrated_gradients", {{"steps", 4}, {"together", together}});
    const std::vector<Tensor> from{toy.rounded[0][1], toy.rounded[1][1]};
    const auto g =
        quant::path_gradient(toy.loss, quant::LossOf::kl, from, toy.loss.floats(), 4, together);
    for (std::size_t i = 0; i < 2; ++i) {
      double wanted = 0;
      for (std::int64_t k = 0; k < g[i].numel(); ++k)
        wanted += std::abs((toy.loss.floats()[i].at(k) - from[i].at(k)) * g[i].at(k));
      CHECK(scores[i][0][1] == doctest::Approx(wanted));
    }
  }
}

TEST_CASE("integrated_gradients bounds the change of the loss from above (completeness)") {
  const ToyScores toy;
  const auto scores = toy("integrated_gradients", {{"steps", 64}, {"together", true}});
  for (std::size_t c = 0; c < toy.bits.size(); ++c) {
    const double kl = toy.loss.value(quant::LossOf::kl,
                                     std::vector<Tensor>{toy.rounded[0][c], toy.rounded[1][c]});
    CHECK(scores[0][0][c] + scores[1][0][c] >= 0.99 * kl);
  }
  CHECK(scores[0][0][2] < scores[0][0][0]);  // 4 bits hurt less than 2
}

TEST_CASE("integrated_gradients by channel adds up to that by layer") {
  const ToyScores toy;
  CHECK(quant_test::adds_up(toy("integrated_gradients"), toy("integrated_gradients", {}, true)));
  CHECK(toy("integrated_gradients", {}, true)[1].size() == 4);
}
