// AllocateRecipe: mixed precision of weights, built once from the key `quant.allocate`.
//
// An importance scores every layer (or output channel) at every candidate number of bits on
// calibration images, an allocator spends the budget by the scores, and everything else works as
// with given bits.  The first and last layer keep the bits that quant.first_last gives them and
// stand outside the budget, unless count_edges is on; with first_last `same` they are layers like
// the others.  Biases, steps and zero points are not counted.  The key is absent or `none` where
// all weights have quant.weight.bits.
#pragma once

#include <memory>
#include <vector>

#include "quant/allocator/allocator.h"
#include "quant/grid/grid.h"
#include "quant/importance/importance.h"

namespace quant {

struct AllocateRecipe {
  bool on = false;
  bool by_channel = false;      // bits of an output channel instead of a layer
  bool bops = false;            // the budget counts bit operations instead of bits of weights
  double budget = 4;            // on average: bits a weight, or b_w b_a a multiply-accumulate
  std::vector<int> candidates;  // rising
  std::unique_ptr<Importance> importance;
  std::unique_ptr<Allocator> allocator;
  bool reversed = false;     // the order of the parts by score is turned round
  bool count_edges = false;  // layers whose bits first_last fixes count in the budget
  bool tie = false;          // layers that read the same values get the same bits
  std::int64_t images = 64;

  /// Reads `allocate` in `quant`.  throws: ConfigError, also for a budget that no choice of
  /// candidates meets or that all of them meet.
  static AllocateRecipe read(core::Params& quant, const Grid& weights, bool has_overrides);
  int most_bits() const { return on ? candidates.back() : 0; }
};

}  // namespace quant
