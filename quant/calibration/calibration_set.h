// CalibrationSet: which images of a data set the quantiser learns from.
//
// A strategy returns indices into a split, drawn from the generator that it is given.  Strategies
// that look at the float network do so through a ModelView, which computes nothing until asked;
// needs() says which views.  Where images come from and how they are changed is the part of
// CalibrationSource (source/calibration_source.h).
#pragma once

#include <string_view>
#include <vector>

#include "core/config/registry.h"
#include "core/rng.h"
#include "core/system/monitor.h"
#include "data/dataset.h"

namespace quant {

/// What the float network says about images; images are normalised f32 (N, H, W, C).
class ModelView {
 public:
  virtual ~ModelView() = default;
  /// f32 (N, classes)
  virtual core::Tensor logits(const core::Tensor& images) const = 0;
  /// Input of the classifier, f32 (N, features).
  virtual core::Tensor features(const core::Tensor& images) const = 0;
  virtual bool has_batch_norm() const = 0;
  /// f64 (N): squared distance of an image's own statistics (mean and standard deviation over its
  /// positions) at the input of every batch normalisation to the running ones, averaged over the
  /// channels and summed over the layers.
  virtual core::Tensor bn_distance(const core::Tensor& images) const = 0;
  /// Mean of bn_distance over the images; `gradient` becomes its derivative, shaped as the images.
  virtual double bn_loss(const core::Tensor& images, core::Tensor& gradient) const = 0;
};

/// Which parts of a ModelView are used.
struct Needs {
  bool logits = false, features = false, batch_norm = false;

  bool any() const { return logits || features || batch_norm; }
  Needs operator|(const Needs& o) const {
    return {logits || o.logits, features || o.features, batch_norm || o.batch_norm};
  }
};

struct CalibrationRequest {
  const data::Dataset& dataset;
  data::Split split = data::Split::train;
  std::int64_t count = 1024;
  const ModelView* view = nullptr;   // may be absent where nothing needs it
  bool own_labels = true;            // false: the labels are not classes of the network
  core::Monitor* monitor = nullptr;  // hears of long work and may stop it
};

class CalibrationSet {
 public:
  static constexpr std::string_view kind = "calibration";
  virtual ~CalibrationSet() = default;
  /// `count` different indices into the split; the order is part of the result.
  virtual std::vector<std::int64_t> draw(const CalibrationRequest& request,
                                         core::Rng rng) const = 0;
  virtual Needs needs() const { return {}; }
  /// Refuses what draw() could not do, without running the network: here, more images than the
  /// split holds.  throws: InputError.
  virtual void check(const CalibrationRequest& request) const;
};

/// Refuses a request whose network lacks what `who` needs.  throws: InputError for a network
/// without batch normalisation; Error when `must_run` and there is no view.
void require_view(std::string_view who, const Needs& needs, const CalibrationRequest& request,
                  bool must_run);

/// Tells the monitor, if there is one.  throws: Interrupted when it asks to stop.
void report_progress(const CalibrationRequest& request, std::string_view task, std::int64_t done,
                     std::int64_t total, double loss);

}  // namespace quant
