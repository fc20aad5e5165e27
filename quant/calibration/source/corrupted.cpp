// Stored images after a corruption: noise, blur or loss of contrast, at a severity from 1 to 5.
#include "data/images/corrupt.h"
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct Corrupted final : CalibrationSource {
  data::Corruption kind;
  int severity;

  explicit Corrupted(core::Params& params)
      : kind(data::corruption_named(params.get<std::string>("kind", "gaussian_noise",
                                                            {.doc = "what is done to the images",
                                                             .source = "1903.12261",
                                                             .one_of = data::corruption_names()}))),
        severity(params.get<int>(
            "severity", 3, {.doc = "how much of it", .source = "1903.12261", .min = 1, .max = 5})) {
  }

  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    StoredImages stored(set, request, rng);
    data::corrupt(stored.pixels, kind, severity, rng.stream("corrupt"));
    return stored.normalised(request.dataset);
  }
};

const core::Registered<CalibrationSource, Corrupted> kRegistered{"corrupted"};

}  // namespace
}  // namespace quant
