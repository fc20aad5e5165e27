// Quantised: what quantise gives: the network with its quantisers and codes, and a log of every unit.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/model.h"
#include "quant/bits/allocate.h"
#include "quant/grid/quantised_weight.h"
#include "quant/learn/reconstruct.h"
#include "quant/network/sites.h"
#include "quant/pass/quant_pass.h"

namespace quant {

/// What happened to one unit in one phase.  Losses are those of the recipe on at most 256
/// calibration images.
struct UnitLog {
  std::string path;
  std::string phase;            // "weights", "activations", or "first pass" of two over the weights
  std::int64_t iterations = 0;  // steps taken
  double loss_rtn = 0;          // before anything was learned
  double loss_soft = 0;         // with the relaxed values at the end
  double loss_hard = 0;         // with what was baked
  double flips = 0;             // share of codes that differ from round to nearest
  double undecided = 0;         // share of h in (0.05, 0.95)
  double clipped = 0;           // share of weights outside their range
  bool rolled_back = false;
  std::int64_t cached_bytes = 0;  // inputs and targets held for this unit
  double seconds = 0;             // wall time; not part of the result's identity
  Curve curve = {};
};

struct Quantised {
  std::unique_ptr<nn::Model> model;  // batch norms folded, weights float
  std::unique_ptr<QuantPass> pass;   // baked weights and activation quantisers for `model`
  QuantiserMap map;
  std::map<std::string, BakedWeight> weights;  // by parameter path
  Allocation allocation;                       // of mixed precision; its bits are in the map
  std::vector<UnitLog> units;
  std::string status = "ok";  // or "diverged: unit U, step K (phase)"

  /// (N,H,W,C) -> (N, classes).
  core::Tensor logits(const core::Tensor& images) const;
};

}  // namespace quant
