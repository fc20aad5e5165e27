#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("first_order is the sum of |gradient x rounding error| at the float weights") {
  const ToyScores toy;
  const auto scores = toy("first_order");
  const std::vector<Tensor> g = toy.loss.gradient(quant::LossOf::ce, toy.loss.floats());
  for (std::size_t i = 0; i < 2; ++i) {
    double wanted = 0;
    for (std::int64_t k = 0; k < g[i].numel(); ++k)
      wanted += std::abs(g[i].at(k) * (toy.loss.floats()[i].at(k) - toy.rounded[i][0].at(k)));
    CHECK(wanted > 0);
    CHECK(scores[i][0][0] == doctest::Approx(wanted));
  }
  CHECK(quant_test::adds_up(scores, toy("first_order", {}, true)));
}
