// Job: a quantisation under way, as its steps see it.
#pragma once

#include "core/rng.h"
#include "core/system/monitor.h"
#include "quant/recipe/recipe.h"
#include "quant/result/quantised.h"
#include "quant/walk/walk.h"

namespace quant {

/// All references must outlive it.
struct Job {
  Quantised& out;
  const Recipe& recipe;
  core::Rng rng;
  core::Monitor& monitor;
  WalkAids aids;

  Walk walk() const { return {*out.model, out.map, *out.pass, aids}; }
  /// Activation steps are learned in the loop of the weights.
  bool joint() const { return recipe.learn_act.joint && !out.map.acts.empty(); }
};

}  // namespace quant
