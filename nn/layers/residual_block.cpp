#include "nn/layers/residual_block.h"

#include "autograd/ops/pad.h"
#include "autograd/ops/slice.h"

namespace nn {

using autograd::Variable;

namespace {

Conv2d conv1x1(std::int64_t in, std::int64_t out, std::int64_t stride) {
  return Conv2d(in, out, 1, {.stride = {stride, stride}});
}

Conv2d conv3x3(std::int64_t in, std::int64_t out, std::int64_t stride) {
  return Conv2d(in, out, 3, {.stride = {stride, stride}, .pad = {1, 1}});
}

LayerUnit unit(const Conv2d& conv, const BatchNorm2d& bn, Module* module) {
  return {conv.path(), module,
          [&conv, &bn](const Variable& x, Pass& p) { return conv_bn(conv, bn, x, p); }};
}

LayerUnit unit(const Conv2d& conv, const BatchNorm2d& bn, const Relu& act, Module* module) {
  return {conv.path(), module, [&conv, &bn, &act](const Variable& x, Pass& p) {
            return conv_bn_relu(conv, bn, act, x, p);
          }};
}

}  // namespace

Downsample::Downsample(std::int64_t in, std::int64_t out, std::int64_t stride, double bn_eps)
    : conv(conv1x1(in, out, stride)), bn(out, bn_eps) {}

void Downsample::fields(Fields& f) {
  f("0", conv);
  f("1", bn);
}

ResidualBlock::ResidualBlock(const ResidualBlockOptions& o)
    : options_(o),
      conv1_(o.bottleneck ? conv1x1(o.in, o.width, 1) : conv3x3(o.in, o.width, o.stride)),
      bn1_(o.width, o.bn_eps),
      conv2_(conv3x3(o.width, o.width, o.bottleneck ? o.stride : 1)),
      bn2_(o.width, o.bn_eps) {
  const std::int64_t out = o.bottleneck ? 4 * o.width : o.width;
  if (o.bottleneck) {
    conv3_.emplace(conv1x1(o.width, out, 1));
    bn3_.emplace(out, o.bn_eps);
  }
  if (!o.pad_shortcut && (o.stride != 1 || o.in != out))
    downsample_.emplace(o.in, out, o.stride, o.bn_eps);
}

void ResidualBlock::fields(Fields& f) {
  f("conv1", conv1_);
  f("bn1", bn1_);
  f("act1", act1_);
  f("conv2", conv2_);
  f("bn2", bn2_);
  f("act2", act2_);
  if (conv3_) {
    f("conv3", *conv3_);
    f("bn3", *bn3_);
    f("act3", act3_);
  }
  if (downsample_) f("downsample", *downsample_);
}

Variable ResidualBlock::shortcut(const Variable& x, Pass& pass) const {
  if (downsample_) return conv_bn(downsample_->conv, downsample_->bn, x, pass);
  Variable y = x;
  if (options_.stride != 1) {
    for (const int axis : {1, 2}) {
      const std::int64_t extent = (y.shape()[axis] + options_.stride - 1) / options_.stride;
      y = autograd::slice(y, axis, 0, extent, options_.stride);
    }
  }
  const std::int64_t extra = options_.width - options_.in;
  if (options_.pad_shortcut && extra > 0) y = autograd::pad(y, 3, extra / 2, extra - extra / 2);
  return y;
}

Variable ResidualBlock::forward(const Variable& x, Pass& pass) const {
  const Variable skip = shortcut(x, pass);
  const Variable a = conv_bn_relu(conv1_, bn1_, act1_, x, pass);
  if (!conv3_) return act2_.forward_sum(conv_bn(conv2_, bn2_, a, pass), skip, pass);
  const Variable b = conv_bn_relu(conv2_, bn2_, act2_, a, pass);
  return act3_.forward_sum(conv_bn(*conv3_, *bn3_, b, pass), skip, pass);
}

Stage ResidualBlock::stage() {
  Stage s{path(), this, [this](const Variable& x, Pass& p) { return forward(x, p); }, {}};
  s.layers.push_back(unit(conv1_, bn1_, act1_, &conv1_));
  if (conv3_) {
    s.layers.push_back(unit(conv2_, bn2_, act2_, &conv2_));
    s.layers.push_back(unit(*conv3_, *bn3_, &*conv3_));
  } else {
    s.layers.push_back(unit(conv2_, bn2_, &conv2_));
  }
  if (downsample_) s.layers.push_back(unit(downsample_->conv, downsample_->bn, &downsample_->conv));
  return s;
}

void ResidualBlock::add_pairs(std::vector<ConvBn>& pairs) {
  pairs.push_back({&conv1_, &bn1_});
  pairs.push_back({&conv2_, &bn2_});
  if (conv3_) pairs.push_back({&*conv3_, &*bn3_});
  if (downsample_) pairs.push_back({&downsample_->conv, &downsample_->bn});
}

}  // namespace nn
