// Vit: vision transformers with timm's names, at any resolution that the patch divides.
//
// tokens = [cls; patches] + pos_embed, pre-norm blocks, then norm and head on the class token (only
// there: the other tokens of the last norm are never read).  MLP ratio 4, GELU with erf, qkv with
// bias. Stages: the embedding ("patch_embed"), every block, the head (norm and linear). source:
// Dosovitskiy et al. 2020, table 1; Touvron et al. 2020 (tiny, small); names of timm 0.9.
#pragma once

#include "nn/layers/patch_embed.h"
#include "nn/layers/transformer_block.h"
#include "nn/model.h"

namespace nn {

struct VitVariant {
  std::string_view name;
  std::int64_t dim, depth, heads, patch, img_size, classes;
};

class Vit final : public Model {
 public:
  /// Options: in_channels, classes, img_size, ln_eps, dropout, drop_path.
  Vit(const VitVariant& variant, core::Params& params);

  std::string_view type() const override { return "Vit"; }
  void fields(Fields& f) override;
  std::vector<Stage> stages() override;
  InputSpec input_spec() const override { return input_; }
  std::int64_t classes() const override { return classes_; }
  std::unique_ptr<Model> clone() const override { return std::make_unique<Vit>(*this); }
  /// Linear layers and pos_embed N(0, 0.02^2), biases 0, cls_token N(0, 1e-12), patch embedding as
  /// torch's Conv2d. (timm truncates at +-2, which is 100 standard deviations.)
  void initialise(const core::Rng& rng) override;

 private:
  autograd::Variable run_embed(const autograd::Variable& images, Pass& pass) const;
  autograd::Variable run_head(const autograd::Variable& tokens, Pass& pass) const;

  InputSpec input_;
  std::int64_t classes_;
  Parameter cls_token_, pos_embed_;
  PatchEmbed patch_embed_;
  Dropout pos_drop_;
  std::vector<TransformerBlock> blocks_;
  LayerNorm norm_;
  Linear head_;
};

}  // namespace nn
