// NetworkView: a ModelView of a float network that still has its batch normalisations (not folded).
//
// Keeps nothing between calls.  Runs in f32; the model must outlive the view.
#pragma once

#include "nn/model.h"
#include "quant/calibration/calibration_set.h"

namespace quant {

class NetworkView final : public ModelView {
 public:
  explicit NetworkView(nn::Model& model) : model_(model) {}
  core::Tensor logits(const core::Tensor& images) const override;
  /// throws: Error when the last stage of the model has no layer.
  core::Tensor features(const core::Tensor& images) const override;
  bool has_batch_norm() const override;
  core::Tensor bn_distance(const core::Tensor& images) const override;
  double bn_loss(const core::Tensor& images, core::Tensor& gradient) const override;

 private:
  nn::Model& model_;
};

}  // namespace quant
