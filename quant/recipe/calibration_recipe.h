// CalibrationRecipe: which images a quantiser learns from, built once from the key `calibration`.
#pragma once

#include <memory>

#include "quant/calibration/source/calibration_source.h"

namespace quant {

/// Which images are used: the `calibration` key {name, count, split, source, ...}.
struct CalibrationRecipe {
  std::unique_ptr<CalibrationSource> source;
  std::unique_ptr<CalibrationSet> set;
  std::int64_t count = 1024;
  data::Split split = data::Split::train;

  explicit CalibrationRecipe(core::Params& params);
  /// What draw() asks the float network; without any, it needs no view.
  Needs needs() const;
  /// Refuses what draw() could not do, without running the network.  throws: InputError.
  void check(const data::Dataset& dataset, const ModelView* view = nullptr) const;
  /// throws: InputError as check; Error when a view is needed and absent; Interrupted.
  Calibration draw(const data::Dataset& dataset, core::Rng rng, const ModelView* view = nullptr,
                   core::Monitor* monitor = nullptr) const;
};

}  // namespace quant
