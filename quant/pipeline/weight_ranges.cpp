#include "quant/pipeline/weight_ranges.h"

#include "quant/grid/codes.h"
#include "quant/map/weight_importance.h"
#include "quant/pipeline/bake.h"

namespace quant {

using core::Tensor;

void round_to_nearest(const Job& job, const Tensor& images) {
  const WeightRecipe& recipe = job.recipe.weight;
  std::vector<QuantisedWeight> weights;
  std::vector<const WeightSite*> sites;
  for (const WeightSite& site : job.out.map.weights) {
    if (site.grid.off()) continue;
    const Tensor& whole = site.module->weight.value;
    const Tensor w = site.rows.empty() ? whole : take_rows(whole, site.rows);
    weights.push_back({w, site.grid, (*recipe.scale)(w, site.grid)});
    sites.push_back(&site);
  }
  const WeightGrid& levels = *recipe.levels;
  levels.fit(weights, weight_importance(*job.out.model, sites, images, levels.importance()));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const QuantisedWeight& weight = weights[i];
    bake(job.out, sites[i]->parameter, weight, quantise_codes(weight.w, weight.q, weight.grid));
  }
}

void set_steps_on_inputs(const Job& job, const Tensor& images) {
  const Scale& scale = *job.recipe.weight.scale;
  if (!scale.needs_inputs()) return;
  const WalkPlan plan{.keep_float = false, .moments = WalkPlan::Moments::inputs};
  job.walk().along(plan, images, [&](std::size_t, const Unit& unit, const UnitData& data) {
    for (const std::string& parameter : unit.weights) {
      QuantisedWeight weight = job.out.weights.at(parameter).original;
      weight.q = scale.on_inputs(weight.w, weight.grid, data.moments->a);
      bake(job.out, parameter, weight, quantise_codes(weight.w, weight.q, weight.grid));
    }
    return true;
  });
}

}  // namespace quant
