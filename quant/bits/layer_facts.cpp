#include "quant/bits/layer_facts.h"

#include <algorithm>

#include "nn/layers/conv2d.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr int kImageBits = 8;  // what an image is stored with

class FactsPass final : public nn::EvalPass {
 public:
  FactsPass(const QuantiserMap& map, std::vector<LayerFacts>& facts) : map_(map), facts_(facts) {
    if (!map.acts.empty()) last_ = kImageBits;
  }

  Variable input(const nn::Module& site, int operand, const Variable& x) override {
    const Grid* own = grid_of({site.path(), operand});
    for (std::size_t i = 0; operand == 0 && i < facts_.size(); ++i) {
      const nn::Weighted* layer = map_.weights[i].module;
      if (layer != &site) continue;
      facts_[i].elements = layer->weight.value.numel();
      facts_[i].macs = macs(*layer, x.shape());
      facts_[i].act_bits = own ? own->bits : bits_of(x.value());
      facts_[i].group = reader_of(i, x.value());
    }
    if (own) last_ = own->bits;
    return x;
  }
  Variable output(const nn::Module& site, const Variable& y) override {
    if (const Grid* grid = grid_of({site.path(), kOutput})) {
      quantised_.push_back({y.value(), grid->bits});
      last_ = grid->bits;
    }
    return y;
  }

 private:
  struct Stored {
    Tensor value;  // held, so that its place in memory stays its own
    int bits;
  };

  const Grid* grid_of(const SiteId& id) const {
    for (const ActSite& site : map_.acts) {
      if (site.id == id) return &site.grid;
    }
    return nullptr;
  }
  int bits_of(const Tensor& x) const {
    for (const Stored& stored : quantised_) {
      if (stored.value.raw() == x.raw()) return stored.bits;
    }
    return last_;
  }
  std::size_t reader_of(std::size_t layer, const Tensor& x) {
    for (const auto& [reader, seen] : read_) {
      if (seen.raw() == x.raw()) return reader;
    }
    read_.emplace_back(layer, x);
    return layer;
  }
  static std::int64_t macs(const nn::Weighted& layer, const core::Shape& x) {
    const core::Shape& w = layer.weight.value.shape();
    const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer);
    if (!conv) return x.numel() * w[0];  // every value is read once an output
    const core::Shape y = core::conv2d_shape(x, w, conv->options());
    return y[0] * y[1] * y[2] * w.numel();
  }

  const QuantiserMap& map_;
  std::vector<LayerFacts>& facts_;
  std::vector<Stored> quantised_;
  std::vector<std::pair<std::size_t, Tensor>> read_;
  int last_ = kBitsOff;  // of the activation quantised last
};

}  // namespace

std::vector<LayerFacts> layer_facts(nn::Model& model, const QuantiserMap& map) {
  std::vector<LayerFacts> out(map.weights.size());
  const nn::InputSpec spec = model.input_spec();
  FactsPass pass(map, out);
  model.forward(Variable(Tensor::zeros({1, spec.height, spec.width, spec.channels})), pass);
  return out;
}

}  // namespace quant
