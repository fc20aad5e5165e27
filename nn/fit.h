// One step of training a classifier, and counting right answers.  Knows no data set: batches are
// arguments.
#pragma once

#include "nn/model.h"
#include "nn/optim/optimizer.h"

namespace nn {

struct FitOptions {
  double lr = 0.1;               // of this step
  double label_smoothing = 0.0;  // e of cross_entropy
  core::Precision precision = core::Precision::f32;
};

struct FitResult {
  double loss;           // mean over the batch
  std::int64_t correct;  // of the batch, before the update
};

/// Forward, backward, update of parameters and running statistics.
/// shapes: images (N,H,W,C), labels s64 (N).  `rng` feeds dropout: a fresh stream a step.
/// throws: Error when the loss is not finite; the model is then unchanged.
FitResult fit_step(Model& model, Optimizer& optimizer, const core::Tensor& images,
                   const core::Tensor& labels, const FitOptions& options, const core::Rng& rng);

/// How many rows of `logits` (N, classes) have their largest value at the label.
std::int64_t count_correct(const core::Tensor& logits, const core::Tensor& labels);

}  // namespace nn
