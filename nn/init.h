// Initialisers: random starting values of weights, drawn from a generator that is passed in.
//
// Each writes a whole parameter, keeping its shape and dtype.  The generator is that of the model;
// the stream is named by the parameter's path, so adding a layer never changes how another one
// starts. source: torch.nn.init (PyTorch 1.13).
#pragma once

#include "core/rng.h"
#include "nn/layers/weighted.h"

namespace nn {

/// Number of inputs (outputs) of one output (input) of a weight (O,I,..): I (O) times the kernel
/// area.
std::int64_t fan_in(const core::Shape& weight);
std::int64_t fan_out(const core::Shape& weight);

/// N(0, std^2).
void init_normal(Parameter& p, double std, const core::Rng& rng);
void init_constant(Parameter& p, double value);
/// N(0, 2 / fan): kaiming_normal_ with the gain of ReLU.
void init_kaiming_normal(Parameter& p, std::int64_t fan, const core::Rng& rng);
/// What torch.nn.Linear and torch.nn.Conv2d start with: weight and bias uniform in
/// +-1/sqrt(fan_in).
void init_torch_default(Weighted& layer, const core::Rng& rng);

}  // namespace nn
