// ResNet: CIFAR ResNets (akamaster's names, shortcut option A) and ImageNet ResNets (torchvision's
// names).
//
// CIFAR: conv1 3x3, three groups of basic blocks of 16, 32, 64 channels, head `linear`.  ImageNet:
// conv1 7x7/2, max pooling 3x3/2 (part of the stem stage), four groups from 64 channels, head `fc`.
// Stages: the stem ("conv1"), every block, the head (global mean pooling and the linear layer).
// source: He et al. 2015, table 1 and section 4.2; github.com/akamaster/pytorch_resnet_cifar10;
// torchvision 0.14.
#pragma once

#include <array>

#include "nn/layers/linear.h"
#include "nn/layers/residual_block.h"
#include "nn/model.h"

namespace nn {

struct ResNetVariant {
  std::string_view name;
  bool cifar;
  bool bottleneck;
  std::array<int, 4> depths;  // blocks of each group; 0: no such group
};

class ResNet final : public Model {
 public:
  /// Options: in_channels, classes, img_size, bn_eps.
  ResNet(const ResNetVariant& variant, core::Params& params);

  std::string_view type() const override { return "ResNet"; }
  void fields(Fields& f) override;
  std::vector<Stage> stages() override;
  std::vector<ConvBn> conv_bn_pairs() override;
  InputSpec input_spec() const override { return input_; }
  std::int64_t classes() const override { return classes_; }
  std::unique_ptr<Model> clone() const override { return std::make_unique<ResNet>(*this); }
  /// ImageNet: convolutions kaiming-normal by fan-out, `fc` as torch.nn.Linear.  CIFAR:
  /// convolutions and `linear` kaiming-normal by fan-in, its bias as torch.nn.Linear.  Batch norms
  /// start at weight 1, bias 0.
  void initialise(const core::Rng& rng) override;

 private:
  static std::int64_t width(const ResNetVariant& v, int group) {
    return (v.cifar ? 16 : 64) << group;
  }
  ResNet(const ResNetVariant& variant, core::Params& params, double bn_eps);
  static Conv2d stem(const ResNetVariant& v, std::int64_t in_channels);
  autograd::Variable run_head(const autograd::Variable& x, Pass& pass) const;

  ResNetVariant variant_;
  InputSpec input_;
  std::int64_t classes_;
  Conv2d conv1_;
  BatchNorm2d bn1_;
  Relu act1_;
  std::vector<std::vector<ResidualBlock>> groups_;
  Linear head_;
};

}  // namespace nn
