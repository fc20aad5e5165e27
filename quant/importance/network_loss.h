// NetworkLoss: how far a network with other weights is from the float one, and the gradient of that
// with respect to its weights: what importance scores are made of.
//
// Labels are never needed.  Either the output is compared with that of the float network (kl), or
// the class that the float network gives counts as the label (ce).  Images pass in pieces, so that
// memory does not grow with their number; means are over all images.  Sums over pieces are in the
// order of the images.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/system/monitor.h"
#include "nn/pass.h"

namespace quant {

inline constexpr std::int64_t kScoredRows = 16;  // images a backward pass through the network

enum class LossOf {
  kl,  // KL(float || network), 0 at the float weights, where its gradient is 0 too
  ce   // cross entropy to the class of the float network
};

class NetworkLoss {
 public:
  struct Weights {
    std::vector<std::string> paths;    // of the parameters
    std::vector<core::Tensor> floats;  // f32
  };
  /// network: images (N,H,W,C) -> logits (N, K).  The monitor outlives the object.
  /// throws: ShapeError without images.
  NetworkLoss(nn::Forward network, core::Tensor images, Weights weights, core::Precision precision,
              core::Monitor& monitor);

  const std::vector<core::Tensor>& floats() const { return weights_.floats; }
  std::int64_t images() const { return images_.shape()[0]; }

  /// The mean loss with `at` in place of the weights, one tensor each.
  /// throws: core::Interrupted when the monitor asks to stop.
  double value(LossOf what, std::span<const core::Tensor> at) const;
  /// Its gradient with respect to the weights numbered in `wrt`.
  std::vector<core::Tensor> gradient(LossOf what, std::span<const core::Tensor> at,
                                     std::span<const std::size_t> wrt) const;
  /// The same for all weights.
  std::vector<core::Tensor> gradient(LossOf what, std::span<const core::Tensor> at) const;
  /// The mean over images of the squared gradients of single images at the float weights, of the
  /// cross entropy to labels drawn from the float network's own probabilities (the Fisher
  /// information) or, without a generator, to its class.
  std::vector<core::Tensor> squared_gradients(const core::Rng* labels) const;

 private:
  struct Piece {
    core::Tensor images, logits, labels;
  };
  Piece piece(std::int64_t begin, std::int64_t rows) const;
  autograd::Variable loss_of(LossOf what, const Piece& piece, nn::Pass& pass) const;

  nn::Forward network_;
  core::Tensor images_, logits_, labels_;  // of the float network
  Weights weights_;
  core::Precision precision_;
  core::Monitor& monitor_;
};

}  // namespace quant
