// Training: `roundtable train CONFIG.yaml` fits a model in floating point and publishes its
// weights.
//
// The run is a pure function of the configuration, the data and (binary, threads): the order of
// samples and the augmentation are counter-based.  A checkpoint is published after every epoch and
// when a stop is requested; resuming from it ends with the same bits as a run that was never
// interrupted.  The split `val` is measured after every epoch, `test` once at the end, and nothing
// is chosen by either.
#pragma once

#include <string>

#include "core/config/value.h"
#include "core/system/monitor.h"

namespace experiments {

class Progress;

struct TrainOptions {
  bool resume = false;  // continue from the checkpoint of an interrupted run, if there is one
  int threads = 0;      // 0: leave the setting as it is
};

struct TrainResult {
  double val_accuracy = 0, test_accuracy = 0;  // percent
  std::string weights;                         // file that was published
};

/// Trains as `config` says (keys: train_plan.cpp); `progress` shows and may stop it.
/// throws: ConfigError and InputError for bad input; Interrupted after a stop, with the checkpoint
/// published;
///   Error naming the step when the loss is no longer finite.
TrainResult train(const core::Value& config, const TrainOptions& options, Progress& progress);

/// The command: installs signal handlers, trains, says where the weights are.  Returns 0, or 75
/// when it was interrupted and can be resumed.
int train_command(core::Value config, const TrainOptions& options);

}  // namespace experiments
