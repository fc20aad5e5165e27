#include "quant/walk/walk_plan.h"

namespace quant {

WalkPlan plan_of(const LearnRecipe& recipe) {
  WalkPlan plan{.granularity = recipe.granularity,
                .keep_quantised = recipe.wants_quantised(),
                .keep_float = recipe.wants_float(),
                .target_of_quantised = recipe.input->target_of_quantised(),
                .needs = recipe.loss->needs(),
                .reports = recipe.iters == 0};
  if (recipe.gram && recipe.iters > 0) plan.moments = WalkPlan::Moments::errors;
  if (recipe.solves()) plan.moments = WalkPlan::Moments::inputs;
  if (recipe.correct.on && recipe.iters > 0) plan.correct = recipe.correct;
  return plan;
}

}  // namespace quant
