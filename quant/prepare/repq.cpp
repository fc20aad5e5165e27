// RepQ: what layer norms give to attention and MLP has a range for every channel, which is folded
// into the norm and the layer behind it (reparameterise.h), so that one step for the tensor serves
// all channels.  Ranges are the extremes of each channel over the images that set the ranges.
// source: Li et al. 2023 (RepQ-ViT); norm1 -> qkv and norm2 -> fc1, as its code.
// deviation: ranges for the tensor are then chosen anew by quant.act.scale, not taken over as the
// means; channels that never change keep their scale.
#include <algorithm>
#include <cmath>

#include "nn/layers/transformer_block.h"
#include "quant/network/reparameterise.h"
#include "quant/pass/capture_pass.h"
#include "quant/prepare/prepare.h"

namespace quant {
namespace {

std::vector<nn::TransformerBlock*> blocks_of(nn::Model& model) {
  std::vector<nn::TransformerBlock*> out;
  for (nn::Module* module : nn::modules(model)) {
    if (auto* block = dynamic_cast<nn::TransformerBlock*>(module)) out.push_back(block);
  }
  return out;
}

struct Repq final : Prepare {
  explicit Repq(core::Params&) {}

  std::string needs(nn::Model& model) const override {
    return blocks_of(model).empty()
               ? "transformer blocks with layer norms, which this network does not have"
               : "";
  }

  std::string clash(const Grid& act) const override {
    return act.off() || act.symmetric ? "repq folds the ranges of activations: it needs "
                                        "quant.act.bits and asymmetric codes"
                                      : "";
  }

  void apply(nn::Model& model, const core::Tensor& images, const Grid& act,
             FoldedNorms&) const override {
    const std::vector<nn::TransformerBlock*> blocks = blocks_of(model);
    std::vector<std::string> paths;
    for (nn::TransformerBlock* block : blocks) {
      paths.push_back(block->attn.qkv.path());
      paths.push_back(block->mlp.fc1.path());
    }
    nn::EvalPass plain;
    CapturePass capture(plain, paths);
    model.forward(autograd::Variable(images), capture);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      fold(blocks[i]->norm1, blocks[i]->attn.qkv, capture.captured[2 * i], act);
      fold(blocks[i]->norm2, blocks[i]->mlp.fc1, capture.captured[2 * i + 1], act);
    }
  }

 private:
  static void fold(nn::LayerNorm& norm, nn::Linear& layer, const core::Tensor& x,
                   const Grid& grid) {
    const auto channels = static_cast<std::size_t>(x.shape()[-1]);
    const auto values = x.data<float>();
    std::vector<double> lo(channels, 0.0), hi(channels, 0.0), steps(channels), zeros(channels);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double v = values[i];
      lo[i % channels] = std::min(lo[i % channels], v);
      hi[i % channels] = std::max(hi[i % channels], v);
    }
    for (std::size_t c = 0; c < channels; ++c) {
      const Step step = step_of_range(lo[c], hi[c], grid);
      steps[c] = lo[c] < hi[c] ? step.scale : 0;
      zeros[c] = step.zero;
    }
    reparameterise(norm, layer, steps, zeros);
  }
};

const core::Registered<Prepare, Repq> kRegistered{"repq"};

}  // namespace
}  // namespace quant
