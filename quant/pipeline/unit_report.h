// The log of a unit: its loss before, with the relaxed values and with what is baked, and what became
// of its codes.
#pragma once

#include <string>

#include "quant/grid/codes.h"
#include "quant/learn/rounding_learner.h"
#include "quant/result/quantised.h"

namespace quant {

/// Everything that is known before anything is learned.
UnitLog open_log(const Objective& objective, const char* phase);

/// Share of the weights of a unit that lie outside their range.
double clipped_share(const Quantised& out, const Unit& unit);

/// Share of codes of `now`, one tensor a weight of the unit, that differ from the stored ones.
double flipped_share(const Quantised& out, const Unit& unit, const std::vector<core::Tensor>& now);

/// Losses with soft and with hard roundings, open ones and flips; the hard weights stand in the
/// pass in the end.
void note_roundings(UnitLog& log, const Quantised& out, const Objective& objective,
                    RoundingLearner& learner);

/// The hard loss got worse, and the recipe goes back then.
bool rolls_back(const UnitLog& log, const LearnRecipe& recipe);
/// Says that nothing was kept.
void note_rollback(UnitLog& log);

/// Takes over what the loop says; false, with the status of `out`, where it diverged.
bool note_loop(UnitLog& log, LoopResult loop, Quantised& out);

}  // namespace quant
