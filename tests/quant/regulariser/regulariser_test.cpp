#include "quant/regulariser/regulariser.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("a regulariser is refused beside a variable without h, unless it never acts") {
  const auto soft = quant_test::make<quant::RoundingVariable>("sigmoid"),
             hard = quant_test::make<quant::RoundingVariable>("full_range");
  for (const std::string& name : core::Registry<quant::Regulariser>::names()) {
    CAPTURE(name);
    const auto regulariser = quant_test::make<quant::Regulariser>(name);
    CHECK(quant::check_regulariser(*soft, *regulariser).empty());
    CHECK(quant::check_regulariser(*hard, *regulariser).empty() == (name == "none"));
  }
  const auto off = quant_test::make<quant::Regulariser>("adaround", {{"lambda", 0.0}});
  CHECK(quant::check_regulariser(*hard, *off).empty());
}
