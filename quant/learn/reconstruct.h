// The reconstruction loop: a unit learns to give its float output from its inputs.
//
// Layer and block are the same loop over other data.  Gradients are taken with respect to the
// learned variables only; nothing goes into the inputs of the unit.
// source: Li et al. 2021 (BRECQ), algorithm 1; Nagel et al. 2020 (AdaRound).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/rng.h"
#include "core/system/monitor.h"
#include "quant/learn/learner.h"
#include "quant/learn/objective.h"

namespace quant {

/// The reconstruction loss at some of the steps (the last one always), without penalties.
struct Curve {
  std::vector<std::int64_t> step;
  std::vector<double> loss;
};

struct LoopResult {
  Curve curve;
  std::int64_t steps = 0;  // that were taken: fewer than iters where patience ended
  /// The step whose objective was not finite; nothing was learned from it.
  std::optional<std::int64_t> diverged_at;
};

/// rng: of this unit.  throws: core::Interrupted when the monitor asks to stop.
LoopResult reconstruct(const Objective& objective, std::span<Learner* const> learners,
                       const core::Rng& rng, core::Monitor& monitor);

}  // namespace quant
