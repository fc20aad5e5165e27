#include "nn/models/vit.h"

#include "autograd/ops/add.h"
#include "autograd/ops/broadcast_to.h"
#include "autograd/ops/concat.h"
#include "autograd/ops/reshape.h"
#include "autograd/ops/slice.h"
#include "nn/init.h"
#include "nn/norm_eps.h"

namespace nn {

using autograd::Variable;
using core::Key;
using core::Tensor;

namespace {

constexpr VitVariant kVariants[] = {
    // name, dim, depth, heads, patch, img_size, classes
    {"vit_tiny_patch16_224", 192, 12, 3, 16, 224, 1000},
    {"vit_small_patch16_224", 384, 12, 6, 16, 224, 1000},
    {"vit_base_patch16_224", 768, 12, 12, 16, 224, 1000},
    // ours, for Fashion-MNIST (28) and CIFAR (32)
    {"vit_micro_patch4_28", 96, 6, 3, 4, 28, 10},
    {"vit_mini_patch4_28", 128, 6, 4, 4, 28, 10},
    {"vit_small_patch4_28", 192, 6, 3, 4, 28, 10},
    {"vit_mini_patch4_32", 128, 6, 4, 4, 32, 10},
    {"vit_small_patch4_32", 192, 6, 3, 4, 32, 10},
};

InputSpec input_of(const VitVariant& v, core::Params& params) {
  const std::int64_t side = params.get<std::int64_t>(
      "img_size", v.img_size,
      Key{.doc = "height and width of the input; follows the data unless given",
          .min = 1,
          .max = 4096});
  if (side % v.patch != 0) {
    params.fail("img_size",
                fmt::format("must be a multiple of the patch size {}; got {}", v.patch, side));
  }
  const std::int64_t channels = params.get<std::int64_t>(
      "in_channels", 3,
      Key{.doc = "channels of the input; follows the data unless given", .min = 1, .max = 1024});
  return {side, side, channels};
}

double rate(core::Params& params, std::string_view key, const char* doc) {
  return params.get<double>(key, 0.0, Key{.doc = doc, .source = "timm", .min = 0.0, .max = 0.99});
}

}  // namespace

Vit::Vit(const VitVariant& v, core::Params& params)
    : input_(input_of(v, params)),
      classes_(
          params.get<std::int64_t>("classes", v.classes,
                                   Key{.doc = "number of classes; follows the data unless given",
                                       .min = 1,
                                       .max = 1000000})),
      cls_token_{{}, Tensor::zeros({1, 1, v.dim})},
      pos_embed_{
          {}, Tensor::zeros({1, 1 + (input_.height / v.patch) * (input_.width / v.patch), v.dim})},
      patch_embed_(input_.channels, v.patch, v.dim),
      pos_drop_(
          rate(params, "dropout", "rate after the embedding, attention's proj, gelu and fc2")),
      norm_(v.dim, ln_eps_of(params)),
      head_(v.dim, classes_) {
  const double dropout =
      params.get<double>("dropout", 0.0, Key{.doc = "", .min = 0.0, .max = 0.99});
  const double drop_path = rate(
      params, "drop_path", "stochastic depth of the last block; the first has 0, linear between");
  for (std::int64_t i = 0; i < v.depth; ++i) {
    const double share =
        v.depth > 1 ? static_cast<double>(i) / static_cast<double>(v.depth - 1) : 0.0;
    blocks_.emplace_back(TransformerBlockOptions{.dim = v.dim,
                                                 .heads = v.heads,
                                                 .dropout = dropout,
                                                 .drop_path = drop_path * share,
                                                 .ln_eps = norm_.eps});
  }
}

void Vit::fields(Fields& f) {
  f("cls_token", cls_token_);
  f("pos_embed", pos_embed_);
  f("patch_embed", patch_embed_);
  f("pos_drop", pos_drop_);
  f.list("blocks", blocks_);
  f("norm", norm_);
  f("head", head_);
}

Variable Vit::run_embed(const Variable& images, Pass& pass) const {
  const Variable patches = patch_embed_.forward(images, pass);
  const std::int64_t B = patches.shape()[0], D = patches.shape()[2];
  const Variable cls =
      as_activation(autograd::broadcast_to(pass.parameter(*this, cls_token_), {B, 1, D}), pass);
  const Variable tokens = autograd::concat({cls, patches}, 1);
  return pos_drop_.forward(autograd::add(tokens, pass.parameter(*this, pos_embed_)), pass);
}

Variable Vit::run_head(const Variable& tokens, Pass& pass) const {
  const std::int64_t B = tokens.shape()[0], D = tokens.shape()[2];
  const Variable cls = autograd::reshape(autograd::slice(tokens, 1, 0, 1), {B, D});
  return head_.forward(widened(norm_.forward(cls, pass)), pass);
}

std::vector<Stage> Vit::stages() {
  const auto unit = [](Linear& layer) {
    return LayerUnit{layer.path(), &layer,
                     [&layer](const Variable& x, Pass& p) { return layer.forward(x, p); }};
  };
  std::vector<Stage> out;
  out.push_back({patch_embed_.path(),
                 &patch_embed_,
                 [this](const Variable& x, Pass& p) { return run_embed(x, p); },
                 {{patch_embed_.proj.path(), &patch_embed_.proj,
                   [this](const Variable& x, Pass& p) { return patch_embed_.forward(x, p); }}}});
  for (TransformerBlock& block : blocks_) {
    out.push_back(
        {block.path(),
         &block,
         [&block](const Variable& x, Pass& p) { return block.forward(x, p); },
         {unit(block.attn.qkv), unit(block.attn.proj), unit(block.mlp.fc1), unit(block.mlp.fc2)}});
  }
  out.push_back({head_.path(),
                 &head_,
                 [this](const Variable& x, Pass& p) { return run_head(x, p); },
                 {unit(head_)}});
  return out;
}

void Vit::initialise(const core::Rng& rng) {
  init_normal(cls_token_, 1e-6, rng);
  init_normal(pos_embed_, 0.02, rng);
  init_torch_default(patch_embed_.proj, rng);
  for (const Stage& stage : stages()) {
    for (const LayerUnit& layer : stage.layers) {
      if (auto* linear = dynamic_cast<Linear*>(layer.module)) {
        init_normal(linear->weight, 0.02, rng);
        init_constant(*linear->bias, 0.0);
      }
    }
  }
}

namespace {

const struct Registrations {
  Registrations() {
    for (const VitVariant& v : kVariants) {
      core::Registry<Model>::add(v.name,
                                 [&v](core::Params& p) { return std::make_unique<Vit>(v, p); });
    }
  }
} kRegistered;

}  // namespace
}  // namespace nn
