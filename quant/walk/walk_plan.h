// WalkPlan: what a walk along the units of a network gathers for each of them.
#pragma once

#include <optional>

#include "quant/loss/loss.h"
#include "quant/network/granularity.h"
#include "quant/recipe/bn_correction.h"
#include "quant/recipe/learn_recipe.h"

namespace quant {

struct WalkPlan {
  enum class Moments {
    none,
    inputs,  // second moments of what a layer reads
    errors   // and those of the error of its input
  };
  Granularity granularity = Granularity::layer;
  bool keep_quantised = true;        // the input from the quantised prefix
  bool keep_float = true;            // the float input
  bool target_of_quantised = false;  // the target is the float unit on the quantised input
  Moments moments = Moments::none;   // of layers, in place of targets for all samples
  LossNeeds needs = {};
  std::optional<BnCorrection> correct = {};  // of the float inputs
  bool reports = true;   // the walk itself says where it is: nothing is learned in the units
  bool reverse = false;  // from the head to the stem

  /// The float input of a section comes out of it as its target.
  bool feeds_target() const { return !target_of_quantised && !correct; }
};

/// What learning by `recipe` needs.
WalkPlan plan_of(const LearnRecipe& recipe);

}  // namespace quant
