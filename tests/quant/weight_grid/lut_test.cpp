#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/codebooks.h"

using quant_test::recipe;
using quant_test::tree;

namespace {

core::Value lut(std::vector<double> levels) {
  core::Value::List list;
  for (const double x : levels) list.emplace_back(x);
  return tree({{"name", "lut"}, {"levels", core::Value(list)}});
}

}  // namespace

TEST_CASE("levels are shares of the range, and weights take the nearest") {
  const core::Tensor w = core::Tensor::of<float>({1, 4}, {-2, 0.3f, 0.9f, 2});
  const auto q = quant_test::on_codebook("lut", w, 2, false);
  CHECK(quant::fake_quantise(q.w, q.q, q.grid).values() == std::vector<double>{-2, 0, 1, 1});
}

TEST_CASE("tables that are empty, out of order or of another size than the bits are refused") {
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", lut({})}}), doctest::Contains("empty"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", lut({-1, 0.5, 0.5, 1})}}),
                       doctest::Contains("increase"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", lut({-1, 0, 0.5, 1})}}),
                       doctest::Contains("16 levels"), core::ConfigError);
  recipe({{"quant.weight.grid", lut({-1, 0, 0.5, 1})}, {"quant.weight.bits", 2}});
}
