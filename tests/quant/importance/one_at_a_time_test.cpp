#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("one_at_a_time is the loss with one layer rounded and the others float") {
  const ToyScores toy;
  const std::vector<Tensor> at{toy.loss.floats()[0], toy.rounded[1][0]};
  CHECK(toy("one_at_a_time")[1][0][0] == doctest::Approx(toy.loss.value(quant::LossOf::kl, at)));
  const double rise =
      toy.loss.value(quant::LossOf::ce, at) - toy.loss.value(quant::LossOf::ce, toy.loss.floats());
  CHECK(toy("one_at_a_time", {{"metric", "loss"}})[1][0][0] ==
        doctest::Approx(std::max(rise, 1e-6)));
}

TEST_CASE("one_at_a_time by channel rounds one row") {
  const ToyScores toy;
  std::vector<Tensor> at = toy.loss.floats();
  at[0].write_rows(2, toy.rounded[0][0].rows(2, 1));
  CHECK(toy("one_at_a_time", {{"floor", 0.0}}, true)[0][2][0] ==
        doctest::Approx(toy.loss.value(quant::LossOf::kl, at)));
  CHECK(support::same_bits(toy.loss.floats()[0], toy.network.a.weight.value));  // not written to
}

TEST_CASE("one_at_a_time never falls below its floor") {
  ToyScores toy;
  toy.rounded[0][2] = toy.loss.floats()[0];
  CHECK(toy("one_at_a_time")[0][0][2] == 1e-6);
  CHECK(toy("one_at_a_time", {{"floor", 0.5}})[0][0][2] == 0.5);
}
