// Unit and UnitData: a piece of the network that learns to give its float output, and what it learns
// from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/pass.h"
#include "quant/moments/gram.h"

namespace quant {

/// A float parameter by path, as it stands when the unit begins.
struct NamedTensor {
  std::string path;
  core::Tensor value;
};

struct Unit {
  std::string path;
  nn::Forward run;
  // what can be learned in it
  std::vector<std::string> weights = {};  // parameter paths, those that are quantised
  std::vector<NamedTensor> biases = {}, norms = {};
};

/// Rows are samples.  What nothing in the recipe asks for is empty.
struct UnitData {
  core::Tensor x_quant, x_float, y_float;  // x_quant: from the quantised prefix
  core::Tensor sensitivity = {};           // as LossInputs; shape of y_float
  core::Tensor float_logits = {};
  core::Tensor labels = {};  // s64
  nn::Forward rest = {};     // the float network from the output of the unit to the logits
  std::vector<double> layer_weights = {};   // of the layers inside the unit; empty: all 1
  std::optional<GramMoments> moments = {};  // engine gram: what its steps need of the samples
  /// The input that losses of the log are measured on.
  const core::Tensor& input() const { return x_quant.numel() > 0 ? x_quant : x_float; }
};

}  // namespace quant
