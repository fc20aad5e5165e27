// The reconstruction loop: a unit learns to give its float output from its inputs.
//
// Layer and block are the same loop over other data.  Batches are drawn from (seed, unit, step)
// alone, so a unit gives the same bits whatever ran before it.  Gradients are taken with respect to
// the learned variables only; nothing goes into the inputs of the unit. source: Li et al. 2021
// (BRECQ), algorithm 1; Nagel et al. 2020 (AdaRound).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/system/monitor.h"
#include "quant/learn/learner.h"
#include "quant/moments/gram.h"
#include "quant/pass/run_rows.h"
#include "quant/recipe/recipe.h"

namespace quant {

struct Unit {
  std::string path;
  Run run;
};

/// What a unit learns from; rows are samples.  What nothing in the recipe asks for is empty.
struct UnitData {
  core::Tensor x_quant, x_float, y_float;  // x_quant: from the quantised prefix
  core::Tensor sensitivity = {};           // as LossInputs; shape of y_float
  core::Tensor float_logits = {};
  core::Tensor labels = {};  // s64
  Run rest = {};  // the float network from the output of the unit to the logits
  std::vector<double> layer_weights = {};   // of the layers inside the unit; empty: all 1
  std::optional<GramMoments> moments = {};  // engine gram: what its steps need of the samples
  /// The input that losses of the log are measured on.
  const core::Tensor& input() const { return x_quant.numel() > 0 ? x_quant : x_float; }
};

/// The reconstruction loss at some of the steps (the last one always), without penalties.
struct Curve {
  std::vector<std::int64_t> step;
  std::vector<double> loss;
};

struct LoopResult {
  Curve curve;
  std::int64_t steps = 0;  // that were taken: fewer than iters where patience ended
  std::optional<std::int64_t>
      diverged_at;  // the step whose objective was not finite; nothing was learned from it
};

/// Sample numbers of step `step`: `batch` of `rows`, all different unless `replacement`; all rows
/// in order when batch >= rows without replacement.
std::vector<std::int64_t> batch_index(const core::Rng& rng, std::int64_t step, std::int64_t rows,
                                      std::int64_t batch, bool replacement);

/// throws: core::Interrupted when the monitor asks to stop.
LoopResult reconstruct(const Unit& unit, const UnitData& data, const LearnRecipe& recipe,
                       std::span<Learner* const> learners, QuantPass& pass, const core::Rng& rng,
                       core::Monitor& monitor);

/// Samples behind the losses of the log, and behind the search for the best values.
inline constexpr std::int64_t kLogRows = 256;

/// The loss of the unit as `pass` stands, over the first `rows` samples.
double unit_loss(const Unit& unit, const UnitData& data, const LearnRecipe& recipe, nn::Pass& pass,
                 std::int64_t rows);

/// Gradients of that loss, in one batch.
std::vector<core::Tensor> loss_gradients(const Unit& unit, const UnitData& data,
                                         const LearnRecipe& recipe, nn::Pass& pass,
                                         std::int64_t rows,
                                         std::span<const autograd::Variable> wrt);

}  // namespace quant
