#include "nn/models/resnet.h"

#include "autograd/ops/global_mean_pool.h"
#include "autograd/ops/max_pool2d.h"
#include "nn/init.h"
#include "nn/norm_eps.h"

namespace nn {

using autograd::Variable;
using core::Key;

namespace {

constexpr ResNetVariant kVariants[] = {
    {"resnet20", true, false, {3, 3, 3, 0}},   {"resnet32", true, false, {5, 5, 5, 0}},
    {"resnet44", true, false, {7, 7, 7, 0}},   {"resnet56", true, false, {9, 9, 9, 0}},
    {"resnet18", false, false, {2, 2, 2, 2}},  {"resnet34", false, false, {3, 4, 6, 3}},
    {"resnet50", false, true, {3, 4, 6, 3}},   {"resnet101", false, true, {3, 4, 23, 3}},
    {"resnet152", false, true, {3, 8, 36, 3}},
};

InputSpec input_of(const ResNetVariant& v, core::Params& params) {
  const std::int64_t side = params.get<std::int64_t>(
      "img_size", v.cifar ? 32 : 224,
      Key{.doc = "height and width of the input; follows the data unless given",
          .min = 8,
          .max = 4096});
  const std::int64_t channels = params.get<std::int64_t>(
      "in_channels", 3,
      Key{.doc = "channels of the input; follows the data unless given", .min = 1, .max = 1024});
  return {side, side, channels};
}

std::int64_t last_channels(const ResNetVariant& v) {
  if (v.cifar) return 64;
  return v.bottleneck ? 2048 : 512;
}

}  // namespace

Conv2d ResNet::stem(const ResNetVariant& v, std::int64_t in_channels) {
  if (v.cifar) return Conv2d(in_channels, 16, 3, {.pad = {1, 1}});
  return Conv2d(in_channels, 64, 7, {.stride = {2, 2}, .pad = {3, 3}});
}

ResNet::ResNet(const ResNetVariant& variant, core::Params& params)
    : ResNet(variant, params, bn_eps_of(params)) {}

ResNet::ResNet(const ResNetVariant& variant, core::Params& params, double bn_eps)
    : variant_(variant),
      input_(input_of(variant, params)),
      classes_(
          params.get<std::int64_t>("classes", variant.cifar ? 10 : 1000,
                                   Key{.doc = "number of classes; follows the data unless given",
                                       .min = 1,
                                       .max = 1000000})),
      conv1_(stem(variant, input_.channels)),
      bn1_(width(variant, 0), bn_eps),
      head_(last_channels(variant), classes_) {
  std::int64_t in = width(variant, 0);
  for (int g = 0; g < 4 && variant.depths[static_cast<std::size_t>(g)] > 0; ++g) {
    auto& blocks = groups_.emplace_back();
    for (int b = 0; b < variant.depths[static_cast<std::size_t>(g)]; ++b) {
      const ResidualBlockOptions options{.in = in,
                                         .width = width(variant, g),
                                         .stride = g > 0 && b == 0 ? 2 : 1,
                                         .bottleneck = variant.bottleneck,
                                         .pad_shortcut = variant.cifar,
                                         .bn_eps = bn_eps};
      blocks.emplace_back(options);
      in = variant.bottleneck ? 4 * options.width : options.width;
    }
  }
}

void ResNet::fields(Fields& f) {
  f("conv1", conv1_);
  f("bn1", bn1_);
  f("act1", act1_);
  for (std::size_t g = 0; g < groups_.size(); ++g)
    f.list("layer" + std::to_string(g + 1), groups_[g]);
  f(variant_.cifar ? "linear" : "fc", head_);
}

Variable ResNet::run_head(const Variable& x, Pass& pass) const {
  return head_.forward(autograd::global_mean_pool(x), pass);
}

std::vector<Stage> ResNet::stages() {
  const auto stem_unit = [this](const Variable& x, Pass& p) {
    return conv_bn_relu(conv1_, bn1_, act1_, as_activation(x, p), p);
  };
  const auto stem_stage = [this, stem_unit](const Variable& x, Pass& p) {
    const Variable y = stem_unit(x, p);
    return variant_.cifar
               ? y
               : autograd::max_pool2d(y, {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}});
  };
  std::vector<Stage> out;
  out.push_back({conv1_.path(), &conv1_, stem_stage, {{conv1_.path(), &conv1_, stem_unit}}});
  for (auto& group : groups_) {
    for (ResidualBlock& block : group) out.push_back(block.stage());
  }
  out.push_back({head_.path(),
                 &head_,
                 [this](const Variable& x, Pass& p) { return run_head(x, p); },
                 {{head_.path(), &head_,
                   [this](const Variable& x, Pass& p) { return head_.forward(x, p); }}}});
  return out;
}

std::vector<ConvBn> ResNet::conv_bn_pairs() {
  std::vector<ConvBn> pairs{{&conv1_, &bn1_}};
  for (auto& group : groups_) {
    for (ResidualBlock& block : group) block.add_pairs(pairs);
  }
  return pairs;
}

void ResNet::initialise(const core::Rng& rng) {
  for (const ConvBn& pair : conv_bn_pairs()) {
    const core::Shape& w = pair.conv->weight.value.shape();
    init_kaiming_normal(pair.conv->weight, variant_.cifar ? fan_in(w) : fan_out(w), rng);
  }
  init_torch_default(head_, rng);
  if (variant_.cifar) init_kaiming_normal(head_.weight, fan_in(head_.weight.value.shape()), rng);
}

namespace {

const struct Registrations {
  Registrations() {
    for (const ResNetVariant& v : kVariants) {
      core::Registry<Model>::add(v.name,
                                 [&v](core::Params& p) { return std::make_unique<ResNet>(v, p); });
    }
  }
} kRegistered;

}  // namespace
}  // namespace nn
