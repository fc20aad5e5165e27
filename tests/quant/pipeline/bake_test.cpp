#include "quant/pipeline/bake.h"

#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/pipeline/job_cases.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("what is baked stands in the pass, is stored, and comes back after something else") {
  quant_test::SmallJob small({});
  const std::string path = "layer1.0.conv1.weight";
  const quant::WeightSite& site = small.out.map.weights[1];
  REQUIRE(site.parameter == path);
  const Tensor& w = site.module->weight.value;
  const quant::QuantisedWeight weight{w, site.grid, (*small.settings.weight.scale)(w, site.grid)};
  const Tensor codes = quant::quantise_codes(w, weight.q, weight.grid);
  quant::bake(small.out, path, weight, codes);
  const auto standing = [&] {
    return small.out.pass->parameter(*site.module, site.module->weight).value();
  };
  const Tensor expected = quant::dequantise(codes, weight.q, weight.grid);
  CHECK(support::same_bits(standing(), expected));
  CHECK(support::same_bits(small.out.weights.at(path).codes, codes));
  small.out.pass->set_parameter(path, autograd::Variable(w));
  quant::bake_again(small.out, {path});
  CHECK(support::same_bits(standing(), expected));
}
