// Evaluate: top-1 of a model over a split, image by image.
//
// The answer for every image is kept (paired tests between cells need it), packed eight to a byte.
// An image whose logits hold a NaN or an infinity counts as wrong and is counted apart.
#pragma once

#include <cstdint>
#include <vector>

#include "core/system/monitor.h"
#include "data/dataset.h"
#include "experiments/spec/cell_keys.h"
#include "nn/model.h"

namespace experiments {

struct Accuracy {
  std::int64_t images = 0, correct = 0, not_finite = 0;
  std::vector<std::uint8_t> bits;  // image i: bit i % 8 of byte i / 8, least significant first

  double top1() const {
    return images ? 100.0 * static_cast<double>(correct) / static_cast<double>(images) : 0;
  }
};

/// throws: Interrupted when the monitor asks for a stop; InputError when count exceeds the split.
Accuracy evaluate(nn::Model& model, nn::Pass& pass, const data::Dataset& dataset,
                  const EvalOptions& options, core::Monitor& monitor);

}  // namespace experiments
