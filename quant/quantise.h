// quantise: a float model, calibration images and a recipe give a quantised model and a log of
// every unit.
//
// The order: fold batch norms; prepare the float network; allocate bits, where asked; choose weight
// ranges and round to nearest; learn or solve for the roundings unit by unit along the network, each
// unit on the output of the finished ones; set activation ranges; repair; learn activation steps.
// Hard codes are baked at the end of each unit.  The result is a pure function of its arguments.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/scratch.h"
#include "core/system/monitor.h"
#include "nn/model.h"
#include "quant/bits/allocate.h"
#include "quant/learn/reconstruct.h"
#include "quant/map/quantiser_map.h"
#include "quant/pass/quant_pass.h"
#include "quant/recipe/recipe.h"

namespace quant {

/// What happened to one unit in one phase.  Losses are those of the recipe on at most 256
/// calibration images. source: methods, minimum log per unit (deviation from round to nearest,
/// decidedness, clipping).
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

/// A weight after quantisation: w = s (code - z), or s level(code).
struct BakedWeight {
  QuantisedWeight original;  // the float weight (batch norm folded) with its quantiser
  core::Tensor codes;        // s32
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

/// images: f32 (N,H,W,C), normalised.  scratch: where inputs and targets of units are kept.
/// labels: s64 (N), for recipes whose losses ask for them.
/// throws: ShapeError, InputError, core::Interrupted.
Quantised quantise(const nn::Model& model, const core::Tensor& images, const Recipe& recipe,
                   const core::Rng& rng, core::Monitor& monitor, const core::Scratch& scratch = {},
                   const core::Tensor& labels = {});

}  // namespace quant
