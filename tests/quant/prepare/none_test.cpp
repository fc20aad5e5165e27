#include <doctest/doctest.h>

#include "quant/prepare/prepare.h"
#include "tests/quant/helpers.h"

TEST_CASE("prepare none leaves every parameter as it is and fits every model") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const auto copy = model->clone();
  const auto none = quant_test::make<quant::Prepare>("none");
  quant::FoldedNorms norms;
  const quant::Recipe recipe = quant_test::recipe({});
  CHECK(none->needs(*copy).empty());
  none->apply(*copy, quant_test::images(1, 16, 3), recipe.act.grid, norms);
  const auto before = nn::parameters(*model), after = nn::parameters(*copy);
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(after[i]->value.raw() == before[i]->value.raw());
}
