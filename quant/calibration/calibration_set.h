// CalibrationSet: which images the quantiser learns from.
//
// A strategy returns indices into a split, drawn from the generator that it is given; the images
// are fetched and normalised by `draw_calibration`, without augmentation.
#pragma once

#include <string_view>
#include <vector>

#include "core/registry.h"
#include "core/rng.h"
#include "data/dataset.h"

namespace quant {

struct CalibrationRequest {
  const data::Dataset& dataset;
  data::Split split = data::Split::train;
  std::int64_t count = 1024;
};

class CalibrationSet {
 public:
  static constexpr std::string_view kind = "calibration";
  virtual ~CalibrationSet() = default;
  /// `count` different indices into the split; the order is part of the result.
  virtual std::vector<std::int64_t> draw(const CalibrationRequest& request,
                                         core::Rng rng) const = 0;
};

struct Calibration {
  std::vector<std::int64_t> index;
  core::Tensor images;  // f32 (count, H, W, C), normalised
};
/// throws: InputError when the split holds fewer than `count` images.
Calibration draw_calibration(const CalibrationSet& set, const CalibrationRequest& request,
                             core::Rng rng);

}  // namespace quant
