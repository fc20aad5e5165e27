#include "quant/importance/error_scores.h"

#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

TEST_CASE("error scores sum a function of factor and rounding error over each part") {
  const quant_test::ToyScores toy;
  const std::vector<core::Tensor> ones{core::Tensor::full({5, 3}, 1),
                                       core::Tensor::full({4, 5}, 2)};
  const quant::ImportanceInputs in{.loss = toy.loss, .bits = toy.bits, .rounded = toy.rounded};
  const auto scores = quant::error_scores(in, ones, [](double f, double e) { return f * e; });
  double wanted = 0;
  for (std::int64_t k = 0; k < 20; ++k)
    wanted += 2 * (toy.loss.floats()[1].at(k) - toy.rounded[1][1].at(k));
  CHECK(scores[1][0][1] == doctest::Approx(wanted));
}
