#include "quant/importance/importance.h"

#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant_test::ToyScores;

TEST_CASE("sums of parts are those of the whole tensor or of its rows") {
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
  CHECK(quant::part_sums(x, false) == std::vector<double>{10});
  CHECK(quant::part_sums(x, true) == std::vector<double>{3, 7});
  CHECK(quant::part_sums(x, x, true, [](double a, double b) { return a * b; }) ==
        std::vector<double>{5, 25});
}

TEST_CASE("every importance gives a finite score of at least 0 to every part and candidate") {
  const ToyScores toy;
  for (const std::string& name : core::Registry<quant::Importance>::names()) {
    CAPTURE(name);
    for (const bool by_channel : {false, true}) {
      const auto scores = toy(name, {}, by_channel);
      REQUIRE(scores.size() == 2);
      CHECK(scores[0].size() == (by_channel ? 5 : 1));
      for (const auto& weight : scores) {
        for (const auto& part : weight) {
          REQUIRE(part.size() == 3);
          for (const double s : part) CHECK((std::isfinite(s) && s >= 0));
        }
      }
    }
    CHECK(quant_test::make<quant::Importance>(name)->passes(2, 3) >= 0);
  }
}

TEST_CASE("every importance but chance finds that 4 bits hurt less than 2") {
  const ToyScores toy;
  for (const std::string& name : core::Registry<quant::Importance>::names()) {
    CAPTURE(name);
    for (const auto& weight : toy(name)) CHECK(weight[0][2] < weight[0][0]);
  }
}

TEST_CASE("the loss behind a score is refused when it is no loss") {
  CHECK_THROWS_WITH_AS(quant_test::make<quant::Importance>("singe", {{"loss", "mse"}}),
                       doctest::Contains("must be one of kl, ce"), core::ConfigError);
}
