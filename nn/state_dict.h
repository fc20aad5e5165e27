// State dict: the values of a model by name, and strict loading.
//
// load_state compares names and shapes in both directions and reports everything that is missing,
// unexpected or mis-shaped in one message, and then every tensor with values that are not finite or
// variances below zero; nothing is written unless all is well.  Floating values convert to the
// dtype of the model.  Two leniencies: a prefix `module.` or `model.` that all names
// share is dropped, and a missing `num_batches_tracked` counts as 0 (exports often drop it; nothing
// but PyTorch's cumulative averages reads it).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/tensor.h"
#include "nn/module.h"

namespace nn {

/// Parameters and buffers by path, in the order of the fields; shares storage with the model.
std::vector<std::pair<std::string, core::Tensor>> state_dict(Module& root);

/// throws: InputError beginning with `where` (the file's name).
void load_state(Module& root, const std::map<std::string, core::Tensor>& tensors,
                std::string_view where);

}  // namespace nn
