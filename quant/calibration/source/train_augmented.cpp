// Stored images after the augmentation of training: a draw of flip, shift-crop, erasing and jitter
// each.  With `copies` k, the set chooses count / k images and each comes in k versions, drawn
// apart: all images once, then all of them again.  Units are reconstructed on what the float and
// the quantised network make of these very images, so this is augmentation with the float network
// run again, out of a pool of fixed size instead of new images at every step. source: BRECQ and
// QDrop take calibration images through their training transform (trap 19 of the methods: an
// unintended axis there, a chosen one here).  The jitter is ours, in the manner of torchvision's
// ColorJitter: brightness, then contrast about the mean of the image.
#include <algorithm>
#include <cmath>

#include "core/kernels/move.h"
#include "data/images/augment.h"
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

/// p -> m + b (a p - m), a and b uniform in [1 - strength, 1 + strength], m the mean of a p over
/// the image; rounded into 0..255.  shapes: u8 (N, H, W, C).
void jitter(core::Tensor& pixels, double strength, const core::Rng& rng) {
  const std::int64_t images = pixels.shape()[0], size = pixels.numel() / images;
  std::uint8_t* image = pixels.writable<std::uint8_t>().data();
  for (std::int64_t n = 0; n < images; ++n, image += size) {
    core::Rng draw = rng.stream(static_cast<std::uint64_t>(n));
    const double a = 1.0 + strength * (2.0 * draw.uniform() - 1.0);
    const double b = 1.0 + strength * (2.0 * draw.uniform() - 1.0);
    double mean = 0;
    for (std::int64_t i = 0; i < size; ++i) mean += a * image[i];
    mean /= static_cast<double>(size);
    for (std::int64_t i = 0; i < size; ++i)
      image[i] = static_cast<std::uint8_t>(
          std::lround(std::clamp(mean + b * (a * image[i] - mean), 0.0, 255.0)));
  }
}

struct TrainAugmented final : CalibrationSource {
  data::AugmentOptions augment;
  double strength;
  std::int64_t copies;

  explicit TrainAugmented(core::Params& params)
      : augment(data::augment_options(params, {.flip = true, .shift = 4})),
        strength(params.get<double>(
            "jitter", 0.0,
            {.doc = "brightness and contrast change by at most this share", .min = 0, .max = 1})),
        copies(params.get<std::int64_t>(
            "copies", 1,
            {.doc = "versions of each chosen image; count must be a multiple of it",
             .min = 1,
             .max = 1e6})) {}

  void check(const CalibrationSet& set, const CalibrationRequest& request) const override {
    core::require_input("train_augmented", request.count % copies == 0,
                        "count must be a multiple of copies; got count {}, copies {}",
                        request.count, copies);
    set.check(chosen(request));
  }

  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    StoredImages stored(set, chosen(request), rng);
    data::AugmentOptions options = augment;
    for (const double mean : request.dataset.normalisation().mean)
      options.fill.push_back(static_cast<std::uint8_t>(std::lround(mean * 255)));
    const StoredImages original = stored;
    std::vector<core::Tensor> pixels, labels;
    stored.index.clear();
    for (std::int64_t copy = 0; copy < copies; ++copy) {
      pixels.push_back(original.pixels);
      labels.push_back(original.labels);
      data::augment(pixels.back(), options, rng.stream("augment"), copy, 0);
      if (strength > 0)
        jitter(pixels.back(), strength,
               rng.stream("jitter").stream(static_cast<std::uint64_t>(copy)));
      stored.index.insert(stored.index.end(), original.index.begin(), original.index.end());
    }
    stored.pixels = core::concat(pixels, 0);
    stored.labels = core::concat(labels, 0);
    return stored.normalised(request.dataset);
  }

 private:
  CalibrationRequest chosen(const CalibrationRequest& request) const {
    return {request.dataset, request.split,      request.count / copies,
            request.view,    request.own_labels, request.monitor};
  }
};

const core::Registered<CalibrationSource, TrainAugmented> kRegistered{"train_augmented"};

}  // namespace
}  // namespace quant
