#include "quant/act_ranges.h"

#include <algorithm>

#include "core/kernels/reduce.h"
#include "core/rng.h"

namespace quant {
namespace {

constexpr std::uint64_t kSampleKey = 0x5157414E54ull;  // the sample is the same in every run

/// Sets the range of each site when its value comes by.
class RangePass final : public WrapPass {
 public:
  RangePass(nn::Pass& inner, const QuantiserMap& map, const ActRecipe& recipe, QuantPass& target)
      : WrapPass(inner), map_(map), recipe_(recipe), target_(target) {}

  autograd::Variable input(const nn::Module& m, int operand, const autograd::Variable& x) override {
    observe({m.path(), operand}, x.value());
    return WrapPass::input(m, operand, x);
  }
  autograd::Variable output(const nn::Module& m, const autograd::Variable& y) override {
    observe({m.path(), kOutput}, y.value());
    return WrapPass::output(m, y);
  }

 private:
  void observe(const SiteId& id, const core::Tensor& value) {
    const auto site = std::find_if(map_.acts.begin(), map_.acts.end(),
                                   [&](const ActSite& s) { return s.id == id; });
    if (site == map_.acts.end()) return;
    const QParams q = (*recipe_.scale)(
        sample_values(value.to(core::DType::f32), recipe_.init_samples), site->grid);
    target_.set_activation(id, {autograd::Variable(q.scale), q.zero, site->grid});
  }

  const QuantiserMap& map_;
  const ActRecipe& recipe_;
  QuantPass& target_;
};

}  // namespace

core::Tensor sample_values(const core::Tensor& x, std::int64_t limit) {
  const std::int64_t n = x.numel();
  if (limit == 0 || n <= limit) return x.reshape({n});
  const auto in = x.data<float>();
  const core::Rng positions(kSampleKey);
  core::Tensor out = core::Tensor::empty({limit + 2});
  const auto values = out.writable<float>();
  for (std::int64_t i = 0; i < limit; ++i) {
    const std::int64_t begin = n * i / limit, length = n * (i + 1) / limit - begin;
    values[i] = in[begin + static_cast<std::int64_t>(positions.bits(static_cast<std::uint64_t>(i)) %
                                                     static_cast<std::uint64_t>(length))];
  }
  const core::MinMax ends = core::min_max(x);
  values[limit] = static_cast<float>(ends.min);
  values[limit + 1] = static_cast<float>(ends.max);
  return out;
}

void init_activation_ranges(nn::Model& model, const core::Tensor& images, const QuantiserMap& map,
                            const ActRecipe& recipe, QuantPass& pass) {
  const core::Tensor batch = images.rows(0, std::min(images.shape()[0], recipe.init_images));
  nn::EvalPass plain(pass.precision());
  pass.quantise_activations(recipe.init_quantised);
  RangePass ranges(recipe.init_quantised ? static_cast<nn::Pass&>(pass) : plain, map, recipe, pass);
  model.forward(autograd::Variable(batch), ranges);
  for (const ActSite& site : map.acts) {
    if (!pass.activation(site.id.path, site.id.operand)) {
      throw core::Error(fmt::format("act_ranges: site {} did not run", site.id.str()));
    }
  }
}

}  // namespace quant
