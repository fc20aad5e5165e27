// Model shape: image size, channels and classes of a network follow its data unless they are given.
//
// What is left open is written in before the network is made, so that the resolved configuration,
// and with it the identity of a cell, states the actual numbers.
#pragma once

#include "core/config/params.h"
#include "core/config/value.h"
#include "data/dataset.h"
#include "nn/model.h"

namespace experiments {

/// `model` with those of img_size, in_channels and classes that it leaves open and that its network
/// reads.  Anything but the map of a known network is given back as it is, for the reader to
/// refuse.
core::Value fitted_to(const core::Value& model, const data::Dataset& set);

/// throws: ConfigError at the key of `params`, which made `model`, that clashes with the data.
void check_fit(const core::Params& params, const nn::Model& model, const data::Dataset& set);

}  // namespace experiments
