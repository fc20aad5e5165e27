#include <doctest/doctest.h>

#include "quant/repair/repair.h"
#include "quant/walk/walk.h"
#include "tests/quant/helpers.h"

TEST_CASE("repair none changes nothing and goes with everything") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const auto none = quant_test::make<quant::Repair>("none");
  const quant::Recipe recipe = quant_test::recipe({});
  CHECK(none->clash(recipe).empty());
  CHECK(none->needs(*model).empty());
  quant::Quantised out;
  none->apply(out, quant_test::images(1, 16, 3), {}, {});
  CHECK(out.weights.empty());
}
