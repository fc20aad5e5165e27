// Loader: batches of a dataset, prepared ahead of time by one thread of its own.
//
// The order of an epoch depends on (seed, epoch) alone, augmentation on (seed, epoch, position), so
// a loader opened at any (epoch, step) continues exactly as one that ran from the start.  An
// exception of the preparing thread is thrown by next().  The dataset must outlive the loader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "data/dataset.h"
#include "data/images/augment.h"

namespace data {

struct LoaderOptions {
  Split split = Split::train;
  std::int64_t batch = 128;
  bool shuffle = false;
  bool drop_last = false;  // leave out the last batch of an epoch when it is not full
  AugmentOptions augment = {};
  std::uint64_t seed = 0;
  std::int64_t epochs = 1;       // next() ends after this many
  std::int64_t first_epoch = 0;  // where to start: for resumption
  std::int64_t first_step = 0;
  std::int64_t prefetch = 3;  // batches that may wait
};

struct Batch {
  std::int64_t epoch = 0, step = 0;  // step within the epoch
  core::Tensor images;               // f32 (N, H, W, C), normalised
  core::Tensor labels;               // s64 (N)
};

/// Batches of one epoch.
std::int64_t steps_per_epoch(std::int64_t samples, std::int64_t batch, bool drop_last);

/// The order of the samples in one epoch: 0..n-1, or a permutation of it.
std::vector<std::int64_t> epoch_order(std::int64_t samples, bool shuffle, std::uint64_t seed,
                                      std::int64_t epoch);

class Loader {
 public:
  /// throws: InputError for a batch that is larger than the split when partial batches are dropped;
  ///   errors of the dataset's first read (made on the calling thread).
  Loader(const Dataset& dataset, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch, in order; nothing after the last.  throws: what the preparing thread threw.
  std::optional<Batch> next();
  std::int64_t steps() const;  // a whole epoch

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace data
