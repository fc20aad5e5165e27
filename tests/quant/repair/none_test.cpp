#include <doctest/doctest.h>

#include "quant/repair/repair.h"
#include "tests/quant/helpers.h"

TEST_CASE("repair none changes nothing and goes with everything") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const auto none = quant_test::make<quant::Repair>("none");
  CHECK(none->clash({.biases_learned = true}).empty());
  CHECK(none->needs(*model).empty());
  quant::QuantPass pass(core::Precision::f32);
  const quant::QuantiserMap map;
  std::map<std::string, quant::BakedWeight> weights;
  none->apply({*model, pass, map, weights, {}, [](const quant::LayerVisit&) { CHECK(false); }});
  CHECK(weights.empty());
}
