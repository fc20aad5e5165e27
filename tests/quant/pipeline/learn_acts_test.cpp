#include "quant/pipeline/learn_acts.h"

#include <doctest/doctest.h>

#include "quant/map/act_ranges.h"
#include "quant/pipeline/weight_ranges.h"
#include "tests/quant/pipeline/job_cases.h"
#include "tests/support/compare.h"

TEST_CASE("activation steps move in their loop, unless they learned with the weights") {
  for (const bool joint : {false, true}) {
    quant_test::SmallJob small({{"quant.act.bits", 3},
                                {"quant.act.init_images", 4},
                                {"learn_act.iters", 5},
                                {"learn_act.optimizer.lr", 0.01},
                                {"learn_act.joint", joint}});
    quant::round_to_nearest(small.job(), small.x);
    quant::init_activation_ranges(*small.out.model, small.x, small.out.map, small.settings.act,
                                  *small.out.pass);
    small.out.pass->quantise_activations(true);
    const quant::SiteId& site = small.out.map.acts[1].id;
    const auto step = [&] {
      return small.out.pass->activation(site.path, site.operand)->scale.value();
    };
    const core::Tensor before = step();
    quant::learn_acts(small.job(), small.x);
    CHECK(small.out.status == "ok");
    CHECK(small.out.units.empty() == joint);
    CHECK(support::same_bits(step(), before) == joint);
  }
}
