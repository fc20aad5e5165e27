#include "quant/pipeline/weight_ranges.h"

#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/pipeline/job_cases.h"
#include "tests/support/compare.h"

TEST_CASE("every weight of the map gets its nearest codes on the recipe's ranges") {
  quant_test::SmallJob small({{"quant.weight.bits", 3}});
  quant::round_to_nearest(small.job(), small.x);
  REQUIRE(small.out.weights.size() == small.out.map.weights.size());
  for (const quant::WeightSite& site : small.out.map.weights) {
    const quant::BakedWeight& baked = small.out.weights.at(site.parameter);
    const quant::QuantisedWeight& weight = baked.original;
    CHECK(support::same_bits(weight.q.scale,
                             (*small.settings.weight.scale)(weight.w, weight.grid).scale));
    CHECK(support::same_bits(baked.codes, quant::quantise_codes(weight.w, weight.q, weight.grid)));
  }
}

TEST_CASE("steps that look at inputs change the ranges; others are left alone") {
  for (const char* scale : {"minmax", "output_mse"}) {
    quant_test::SmallJob small({{"quant.weight.bits", 3}, {"quant.weight.scale", scale}});
    quant::round_to_nearest(small.job(), small.x);
    const core::Tensor before = small.out.weights.at("layer1.0.conv1.weight").original.q.scale;
    quant::set_steps_on_inputs(small.job(), small.x);
    const core::Tensor after = small.out.weights.at("layer1.0.conv1.weight").original.q.scale;
    CHECK(support::same_bits(before, after) == (std::string(scale) == "minmax"));
  }
}
