// Sections: consecutive stages of a network that are reconstructed as one unit.
//
// The granularity axis is data: a section is a path, a way to run it, and the layers inside.
//   block       every stage by itself
//   two_blocks  residual blocks in pairs; single layers (stem, head) by themselves
//   stage       blocks of one group ("layer1"); a transformer, which has one group, in quarters
//   network     everything
// `layer` is finer than a stage and is handled where stages are walked.
#pragma once

#include <string>
#include <vector>

#include "nn/model.h"

namespace quant {

enum class Granularity { layer, block, two_blocks, stage, network };
/// throws: InputError for an unknown name.
Granularity granularity_named(std::string_view name);

struct Section {
  std::string path;                // "layer1.0", "layer1.0-layer1.1"
  std::size_t begin = 0, end = 0;  // stages [begin, end)
  nn::Forward run;
};

/// Covers all stages in order.  The stages must outlive the result; granularity is not `layer`
/// (throws Error).
std::vector<Section> sections_of(const std::vector<nn::Stage>& stages, Granularity granularity);

/// Runs stages [begin, end) one after the other.
nn::Forward run_of(const std::vector<nn::Stage>& stages, std::size_t begin, std::size_t end);

}  // namespace quant
