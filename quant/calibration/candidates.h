// Candidates: the part of a split that a selection by the float network looks at, and how it looks.
//
// To bound the cost, `pool` images are drawn at random and only they are shown to the network, in
// batches.  Their random order breaks ties and keeps a prefix of the result as good as the whole.
#pragma once

#include <functional>
#include <span>

#include "quant/calibration/calibration_set.h"

namespace quant {

class CandidatePool {
 public:
  /// Reads `pool`.
  explicit CandidatePool(core::Params& params);
  /// throws: InputError when `count` exceeds the split or the pool.
  void check(std::string_view who, const CalibrationRequest& request) const;
  /// Candidates in random order: min(pool, split) different indices.
  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const;

 private:
  std::int64_t size_;
};

/// Rows fn(images) of all images `index`, in order; fn sees normalised images, some at a time.
/// throws: Error when a value is not finite.
core::Tensor rows_of_images(std::string_view who, const CalibrationRequest& request,
                            std::span<const std::int64_t> index,
                            const std::function<core::Tensor(const core::Tensor&)>& fn);

/// A selection by the features of a pool of candidates.
class FeatureSelection : public CalibrationSet {
 public:
  FeatureSelection(std::string_view name, core::Params& params) : name_(name), pool_(params) {}
  Needs needs() const override { return {.features = true}; }
  void check(const CalibrationRequest& request) const override;
  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const override;

 private:
  /// Which rows of features, f32 (candidates, width), in what order; `count` of them.
  virtual std::vector<std::size_t> choose(const core::Tensor& features,
                                          std::size_t count) const = 0;
  std::string_view name_;
  CandidatePool pool_;
};

}  // namespace quant
