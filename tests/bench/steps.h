// Whole steps as the benchmarks time them: one training step, and one reconstruction iteration of
// every block.
//
// The PyTorch side of the same work is tests/bench/torch_peer.py; bench.py runs the two in turns.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/dtype.h"

namespace bench {

struct StepOptions {
  std::string model = "resnet20";  // or vit_mini
  std::int64_t batch = 128;        // train: images; else bits (batches are 32)
  core::Precision precision = core::Precision::f32;
  double seconds = 5;  // measuring time, after three warm-up steps
};

/// {"median_ms", "min_ms", "max_ms", "steps", "images_per_s"}
nlohmann::json train_step(const StepOptions& options);
/// {"median_ms": summed over blocks, "per_block_ms": [...]}
nlohmann::json reconstruction_iteration(const StepOptions& options);
/// The same with activations of as many bits, half of them quantised at a time, their steps learned
/// beside the roundings (QDrop).
nlohmann::json qdrop_iteration(const StepOptions& options);

}  // namespace bench
