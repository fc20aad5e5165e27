#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("the fisher importance is the sum of squared gradients times squared rounding errors") {
  const ToyScores toy;
  const auto scores = toy("fisher", {{"labels", "predicted"}});
  const std::vector<Tensor> f = toy.loss.squared_gradients(nullptr);
  for (std::size_t i = 0; i < 2; ++i) {
    double wanted = 0;
    for (std::int64_t k = 0; k < f[i].numel(); ++k) {
      const double e = toy.loss.floats()[i].at(k) - toy.rounded[i][2].at(k);
      wanted += f[i].at(k) * e * e;
    }
    CHECK(scores[i][0][2] == doctest::Approx(wanted));
  }
}

TEST_CASE("the fisher importance with drawn labels is about twice the divergence of small errors") {
  // KL(w || w + e) ~ e^T F e / 2; the diagonal stands for F, so within a factor
  const ToyScores toy(false, 400);
  const double score = toy("fisher")[0][0][2];
  const double kl = toy.loss.value(quant::LossOf::kl, std::vector<Tensor>{toy.rounded[0][2]});
  CHECK(score / (2 * kl) > 0.4);
  CHECK(score / (2 * kl) < 2.5);
}

TEST_CASE("the fisher importance depends on the seed through its labels and adds up by channel") {
  const ToyScores toy;
  CHECK(toy("fisher", {}, false, 1) == toy("fisher", {}, false, 1));
  CHECK(toy("fisher", {}, false, 1) != toy("fisher", {}, false, 2));
  CHECK(quant_test::adds_up(toy("fisher"), toy("fisher", {}, true)));
}
