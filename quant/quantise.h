// quantise: a float model, calibration images and a recipe give a quantised model and a log of
// every unit.
//
// The order: fold batch norms; prepare the float network; allocate bits, where asked; choose weight
// ranges and round to nearest; learn or solve for the roundings unit by unit along the network, each
// unit on the output of the finished ones; set activation ranges; repair; learn activation steps.
// Hard codes are baked at the end of each unit.  The result is a pure function of its arguments.
#pragma once

#include "core/rng.h"
#include "core/scratch.h"
#include "core/system/monitor.h"
#include "quant/recipe/recipe.h"
#include "quant/result/quantised.h"

namespace quant {

/// images: f32 (N,H,W,C), normalised.  scratch: where inputs and targets of units are kept.
/// labels: s64 (N), for recipes whose losses ask for them.
/// throws: ShapeError, InputError, core::Interrupted.
Quantised quantise(const nn::Model& model, const core::Tensor& images, const Recipe& recipe,
                   const core::Rng& rng, core::Monitor& monitor, const core::Scratch& scratch = {},
                   const core::Tensor& labels = {});

}  // namespace quant
