// Batch: the samples of one step of reconstruction, drawn from (seed, unit, step) alone, so that a
// unit gives the same bits whatever ran before it.
#pragma once

#include <vector>

#include "core/rng.h"
#include "quant/learn/unit.h"
#include "quant/recipe/learn_recipe.h"

namespace quant {

struct Batch {
  core::Tensor x = {}, target = {}, sensitivity = {}, float_logits = {}, labels = {};
  /// The input from the quantised network alone, where it is held; only for losses that look at it.
  core::Tensor unmixed = {};
};

/// Sample numbers of step `step`: `batch` of `rows`, all different unless `replacement`; all rows
/// in order when batch >= rows without replacement.
std::vector<std::int64_t> batch_index(const core::Rng& rng, std::int64_t step, std::int64_t rows,
                                      std::int64_t batch, bool replacement);

/// A step of a unit and the generator of the unit.
struct StepOf {
  std::int64_t number;
  core::Rng rng;
  /// Its own generator for one purpose.
  core::Rng stream(std::string_view purpose) const {
    return rng.stream(purpose).stream(static_cast<std::uint64_t>(number));
  }
};

/// Rows, the mix of the two inputs, disturbance, and the target.  float_pass: of targets that are
/// computed anew.
Batch draw_batch(const Unit& unit, const UnitData& data, const LearnRecipe& recipe,
                 const StepOf& step, nn::Pass& float_pass);

/// Samples [begin, begin + count) with their stored targets.
Batch stored_rows(const UnitData& data, std::int64_t begin, std::int64_t count);

}  // namespace quant
