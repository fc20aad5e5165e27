// The checkpoint of a training run: everything that the next step depends on, published atomically.
//
// An HDF5 image (parameters, buffers, optimizer state, counters, history) followed by a trailer:
// magic, length and SHA-256 of the image, checked before HDF5 sees a byte, in a process of its own
// (h5_reader.h).  Random numbers are
// counter-based, so seed and step are all there is to say about them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "experiments/h5_content.h"
#include "experiments/train_plan.h"

namespace experiments {

/// One line of the log.
struct EpochRecord {
  double loss = 0, train_accuracy = 0, val_accuracy = 0;  // of the epoch; percent
  double lr = 0;                                          // of its last step
  double seconds = 0;                                     // without validation
};

/// Where a run stands.
struct TrainState {
  std::int64_t epoch = 0, step = 0;  // the next step; step == steps of an epoch: validation is due
  double loss_sum = 0;               // of the present epoch
  std::int64_t correct = 0, seen = 0;
  double seconds = 0;
  std::vector<EpochRecord> history;
};

/// throws: InputError when the file cannot be written.
void save_checkpoint(const TrainPlan& plan, const TrainState& state);

/// Restores model and optimizer of `plan`.
/// throws: InputError when the file is damaged or was made by another configuration or data.
TrainState load_checkpoint(TrainPlan& plan);

/// The two halves of load_checkpoint beside the reading of HDF5: the image inside a file whose
/// trailer fits it, and what the content of that image stands for.
std::span<const std::byte> checkpoint_image(std::span<const std::byte> file,
                                            const std::string& path);
TrainState restore_checkpoint(TrainPlan& plan, const H5Content& file);

}  // namespace experiments
