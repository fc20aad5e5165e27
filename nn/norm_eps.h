// The eps of a network's norms: the constant under the root beside the variance.  It belongs to the
// trained weights, so it is a key of the model and an entry of a weight file's metadata, both of
// the same name: `bn_eps` (batch norms) and `ln_eps` (layer norms).
//
// A file's value is in force where the configuration gives none; two that differ are refused.
// `train` writes the entry.  A network without such norms has no such key.
#pragma once

#include <map>
#include <string>

#include "core/config/params.h"
#include "nn/module.h"

namespace nn {

/// Keys `bn_eps` and `ln_eps` of a model.
double bn_eps_of(core::Params& model);
double ln_eps_of(core::Params& model);

/// The eps of every kind of norm in `root`, by key.
std::map<std::string, double> norm_eps(Module& root);

/// Gives the norms of `root` what the metadata of its weight file say.  `given` are the keys that
/// the configuration has itself, `where` is the file's name.
/// throws: InputError for an entry that is not a number, of norms that `root` does not have, or
/// other than a given key says.
void take_norm_eps(Module& root, const std::map<std::string, std::string>& metadata,
                   const core::Value& given, std::string_view where);

}  // namespace nn
