// Stored images of which a share `rho`, at random places, is replaced by images of another source.
//
// round(rho count) images are replaced; with rho = 0 the images are those of `train`, bit for bit.
#include <cmath>
#include <cstring>

#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct Mixed final : CalibrationSource {
  double rho;
  std::unique_ptr<CalibrationSource> other;

  explicit Mixed(core::Params& params)
      : rho(params.get<double>(
            "rho", 0.5, {.doc = "share of the images that are replaced", .min = 0.0, .max = 1.0})) {
    core::Params own = params.child("with", "the source that replaces them");
    const std::string name =
        own.get<std::string>("name", "gaussian_noise",
                             {.doc = "the source that replaces them",
                              .one_of = core::Registry<CalibrationSource>::names()});
    other = core::Registry<CalibrationSource>::create(name, own);
  }

  Needs needs() const override { return other->needs(); }
  std::string fingerprint() const override { return other->fingerprint(); }
  bool has_labels() const override { return rho == 0 || other->has_labels(); }

  void check(const CalibrationSet& set, const CalibrationRequest& request) const override {
    set.check(request);
    if (replaced(request) > 0) other->check(set, of_other(request));
  }

  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    Calibration out = StoredImages(set, request, rng).normalised(request.dataset);
    if (replaced(request) == 0) return out;
    const Calibration in = other->draw(set, of_other(request), rng.stream("mixed"));
    const std::vector<std::int64_t> places = rng.stream("places").permutation(request.count);
    const auto row = out.images.byte_size() / static_cast<std::size_t>(request.count);
    std::byte* to = out.images.raw_writable();
    const auto labels = out.labels.writable<std::int64_t>();
    for (std::size_t i = 0; i < in.index.size(); ++i) {
      const auto place = static_cast<std::size_t>(places[i]);
      std::memcpy(to + place * row, in.images.raw() + i * row, row);
      out.index[place] = -1;
      labels[place] = in.labels.data<std::int64_t>()[i];
    }
    return out;
  }

 private:
  std::int64_t replaced(const CalibrationRequest& request) const {
    return std::llround(rho * static_cast<double>(request.count));
  }
  CalibrationRequest of_other(CalibrationRequest request) const {
    request.count = replaced(request);
    request.split = other->split().value_or(request.split);
    return request;
  }
};

const core::Registered<CalibrationSource, Mixed> kRegistered{"mixed"};

}  // namespace
}  // namespace quant
