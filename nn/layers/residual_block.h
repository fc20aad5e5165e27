// ResidualBlock: relu(branch(x) + shortcut(x)), the blocks of all ResNets (names of torchvision and
// akamaster).
//
// basic: conv1 3x3, conv2 3x3.  bottleneck: conv1 1x1, conv2 3x3 (the stride sits here, as in
// torchvision), conv3 1x1 to 4 times the width.  Where the shape changes, the shortcut is a
// projection (downsample.0, downsample.1) or, in CIFAR ResNets, option A: every second pixel, new
// channels zero on both sides. torchvision's single `relu` is one site module per use here (act1,
// act2, act3), the last after the sum. source: He et al. 2015, sections 3.3 and 4.2.
#pragma once

#include <optional>

#include "nn/layers/conv_bn.h"
#include "nn/model.h"

namespace nn {

/// The projection shortcut: fields "0" (convolution) and "1" (batch norm), as torchvision's
/// Sequential.
class Downsample final : public Module {
 public:
  Downsample(std::int64_t in, std::int64_t out, std::int64_t stride, double bn_eps);
  Conv2d conv;
  BatchNorm2d bn;
  std::string_view type() const override { return "Downsample"; }
  void fields(Fields& f) override;
};

struct ResidualBlockOptions {
  std::int64_t in = 16, width = 16, stride = 1;
  bool bottleneck = false;    // output channels: 4 * width, else width
  bool pad_shortcut = false;  // option A instead of a projection
  double bn_eps = kBnEps;
};

class ResidualBlock final : public Module {
 public:
  explicit ResidualBlock(const ResidualBlockOptions& options);

  std::string_view type() const override {
    return options_.bottleneck ? "Bottleneck" : "BasicBlock";
  }
  void fields(Fields& f) override;
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;

  /// The block as a stage with its layer units; points into this block.
  Stage stage();
  void add_pairs(std::vector<ConvBn>& pairs);

 private:
  autograd::Variable shortcut(const autograd::Variable& x, Pass& pass) const;

  ResidualBlockOptions options_;
  Conv2d conv1_;
  BatchNorm2d bn1_;
  Relu act1_;
  Conv2d conv2_;
  BatchNorm2d bn2_;
  Relu act2_;
  std::optional<Conv2d> conv3_;
  std::optional<BatchNorm2d> bn3_;
  Relu act3_;  // bottleneck only
  std::optional<Downsample> downsample_;
};

}  // namespace nn
