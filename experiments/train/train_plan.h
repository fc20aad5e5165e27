// TrainPlan: everything a training configuration stands for, built and checked before the first
// step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/value.h"
#include "data/dataset.h"
#include "data/images/augment.h"
#include "nn/model.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"

namespace experiments {

struct TrainPlan {
  std::string name;
  std::unique_ptr<nn::Model> model;  // initialised from the seed
  std::unique_ptr<data::Dataset> dataset;
  std::unique_ptr<nn::Optimizer> optimizer;
  std::unique_ptr<nn::Schedule> schedule;
  std::int64_t epochs = 0, batch = 0;
  core::Precision precision = core::Precision::f32;
  double label_smoothing = 0;
  data::AugmentOptions augment;
  std::uint64_t seed = 0;
  std::string out;         // the weights, *.safetensors; <stem>.log and <stem>.yaml stand beside it
  std::string checkpoint;  // of an unfinished run

  core::Value resolved;  // with all defaults
  /// What decides the result: `resolved` without the places of files, in canonical order.
  std::string identity() const;
  /// `out` with another extension.
  std::string beside(const std::string& extension) const;
};

/// throws: ConfigError (position, key, what is allowed) and InputError when the data are absent.
TrainPlan make_train_plan(const core::Value& config);

/// Declarations of the keys of a training file, for `schema`; without the options of strategies.
std::vector<core::Declared> describe_training();

}  // namespace experiments
