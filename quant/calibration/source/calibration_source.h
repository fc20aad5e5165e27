// CalibrationSource: where calibration images come from and how they are changed: stored images,
// augmented or corrupted ones, another data set, noise, or images distilled from the network.
//
// Sources of stored images let the CalibrationSet choose among them; sources that make their images
// have nothing to choose from (selects() is false).
#pragma once

#include <optional>
#include <string>

#include "quant/calibration/calibration_set.h"

namespace quant {

struct Calibration {
  std::vector<std::int64_t> index;  // into the split of the cell's data; -1: not from there
  core::Tensor images;              // f32 (count, H, W, C), normalised
  core::Tensor labels;              // s64 (count); -1: none
};

class CalibrationSource {
 public:
  static constexpr std::string_view kind = "calibration source";
  virtual ~CalibrationSource() = default;
  /// `request.count` images of the shape of `request.dataset`, which has passed check().
  virtual Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                           core::Rng rng) const = 0;
  /// Refuses what draw() could not do, without running the network.  throws: InputError.
  virtual void check(const CalibrationSet& set, const CalibrationRequest& request) const {
    set.check(request);
  }
  /// False: images are made, and the set and the split have no part in it.
  virtual bool selects() const { return true; }
  /// The labels of its images are classes of the network.
  virtual bool has_labels() const { return selects(); }
  /// The only split that this source takes images from, if there is one.
  virtual std::optional<data::Split> split() const { return std::nullopt; }
  /// What the source itself asks the network, beside what the set asks.
  virtual Needs needs() const { return {}; }
  /// Of the files that this source reads beside the cell's data; empty when there are none.
  virtual std::string fingerprint() const { return {}; }
};

/// Checks and draws.  throws: InputError for a request that cannot be met.
Calibration draw_calibration(const CalibrationSource& source, const CalibrationSet& set,
                             const CalibrationRequest& request, core::Rng rng);

/// Pixels chosen by the set, u8 (count, H, W, C), with their places and labels.
struct StoredImages {
  std::vector<std::int64_t> index;
  core::Tensor pixels, labels;

  StoredImages(const CalibrationSet& set, const CalibrationRequest& request, core::Rng rng);
  /// The images as the network takes them.
  Calibration normalised(const data::Dataset& dataset) const;
};

/// Made images: neither places nor labels.
Calibration made_images(core::Tensor images);
/// Shape of all images of a request: (count, H, W, C).
core::Shape images_shape(const CalibrationRequest& request);

}  // namespace quant
