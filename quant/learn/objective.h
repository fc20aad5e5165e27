// Objective: the reconstruction loss of one unit, in a step and over stored samples.
//
// Where a loss compares logits, the output of the unit goes on through the rest of the float
// network; where it compares layers, both networks show theirs.
#pragma once

#include <span>
#include <vector>

#include "core/rng.h"
#include "quant/learn/batch.h"
#include "quant/learn/unit.h"
#include "quant/pass/quant_pass.h"
#include "quant/recipe/learn_recipe.h"

namespace quant {

/// Samples behind the losses of the log, and behind the search for the best values.
inline constexpr std::int64_t kLogRows = 256;

/// All members must outlive it.
struct Objective {
  const Unit& unit;
  const UnitData& data;
  const LearnRecipe& recipe;
  QuantPass& pass;  // the unit as it stands, or with the variables of a step

  /// The loss of one step, with its graph.  rng: of this unit.
  autograd::Variable at_step(std::int64_t step, const core::Rng& rng) const;
  /// The loss as `pass` stands, over the first `rows` stored samples.
  double loss(std::int64_t rows) const;
  /// Gradients of that loss, in one batch.
  std::vector<core::Tensor> gradients(std::int64_t rows,
                                      std::span<const autograd::Variable> wrt) const;
};

}  // namespace quant
