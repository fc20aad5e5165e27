// Whole pieces of work as the benchmarks time them beside PyTorch: a training step, inference, one
// reconstruction iteration of every unit, a whole cell.
//
// The PyTorch side of the same work is in tests/bench/peers; bench.py runs the two in turns.  All
// results are JSON objects with "median_ms" and "slowdown", the mean time over the median.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/dtype.h"
#include "nn/model.h"

namespace bench {

struct StepOptions {
  std::string model = "resnet20";
  std::int64_t number = 128;  // images of a batch; else bits (batches are 32)
  core::Precision precision = core::Precision::f32;
  double seconds = 5;  // measuring time
};

/// resnet20 and vit_small see 28x28x1 images, resnet18 and vit_tiny 224x224x3.
/// throws: InputError for another name.
std::unique_ptr<nn::Model> make_network(const std::string& name);
/// Random images of the size that `model` takes.
core::Tensor random_images(const nn::Model& model, std::int64_t count);

nlohmann::json train_step(const StepOptions& options);
/// Forward of a batch, batch norms folded.
nlohmann::json inference(const StepOptions& options);
/// "median_ms" is summed over the stages (stem, blocks, head), which stand in "per_unit_ms".
nlohmann::json reconstruction_iteration(const StepOptions& options);
/// The same with activations of as many bits, half of them quantised at a time, their steps learned
/// beside the roundings (QDrop).
nlohmann::json qdrop_iteration(const StepOptions& options);
/// AdaRound by the gram engine on the Fashion-MNIST ResNet-20: ranges, moments and 300 iterations
/// of every layer on 1,024 random images; they reach what 2,000 from batches reach.  Run from the
/// root of the repository.
nlohmann::json gram_cell(const StepOptions& options);

}  // namespace bench
