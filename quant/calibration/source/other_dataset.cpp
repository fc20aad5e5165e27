// Images out of the domain: those of another data set, brought to the channels and the size that
// the network takes and normalised as its own images are.
//
// The calibration set chooses among the converted images of the same split, also where it asks the
// network about them.  Labels belong to the other data set: they serve class_balanced and
// single_class; sets that need the network's own labels are refused, and labels handed on are -1.
#include "data/images/convert.h"
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

/// `other` as if it were stored in the form of `own`.
class Converted final : public data::Dataset {
 public:
  Converted(const data::Dataset& other, const data::Dataset& own) : other_(other), own_(own) {}
  std::int64_t size(data::Split split) const override { return other_.size(split); }
  std::int64_t classes() const override { return other_.classes(); }
  core::Shape image_shape() const override { return own_.image_shape(); }
  data::Normalisation normalisation() const override { return own_.normalisation(); }
  core::Tensor pixels(data::Split split, std::span<const std::int64_t> index) const override {
    return data::convert_images(other_.pixels(split, index), own_.image_shape());
  }
  core::Tensor labels(data::Split split, std::span<const std::int64_t> index) const override {
    return other_.labels(split, index);
  }
  std::string fingerprint() const override { return other_.fingerprint(); }

 private:
  const data::Dataset& other_;
  const data::Dataset& own_;
};

struct OtherDataset final : CalibrationSource {
  std::unique_ptr<data::Dataset> other;

  explicit OtherDataset(core::Params& params) {
    core::Params own = params.child("dataset", "the data set that images are taken from");
    other = core::Registry<data::Dataset>::create(own);
  }
  std::string fingerprint() const override { return other->fingerprint(); }

  void check(const CalibrationSet& set, const CalibrationRequest& request) const override {
    core::require_input("other_dataset", other->fingerprint() != request.dataset.fingerprint(),
                        "must be another data set than the one that is quantised for; both are {}",
                        request.dataset.fingerprint());
    other->verify();
    data::check_convertible(other->image_shape(), request.dataset.image_shape());
    const Converted converted(*other, request.dataset);
    set.check(foreign(request, converted));
  }

  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    const Converted converted(*other, request.dataset);
    return made_images(
        StoredImages(set, foreign(request, converted), rng).normalised(converted).images);
  }
  bool has_labels() const override { return false; }

 private:
  static CalibrationRequest foreign(const CalibrationRequest& r, const Converted& converted) {
    return {.dataset = converted,
            .split = r.split,
            .count = r.count,
            .view = r.view,
            .own_labels = false,
            .monitor = r.monitor};
  }
};

const core::Registered<CalibrationSource, OtherDataset> kRegistered{"other_dataset"};

}  // namespace
}  // namespace quant
