#include "quant/map/act_ranges.h"

#include <algorithm>
#include <limits>

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "core/rng.h"
#include "core/system/threads.h"
#include "nn/wrap_pass.h"
#include "quant/act_grid/act_grid.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

constexpr std::uint64_t kSampleKey = 0x5157414E54ull;  // the sample is the same in every run

/// Sets the range of each site when its value comes by.
class RangePass final : public nn::WrapPass {
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
    target_.set_activation(id, quantiser(*site, value.to(core::DType::f32)));
  }

  ActQuantiser quantiser(const ActSite& site, const core::Tensor& value) const {
    if (site.per_head) return by_head(site, value);
    const core::Tensor sample = sample_values(value, recipe_.init_samples);
    if (site.levels) {
      auto table = std::make_shared<ActTable>(
          site.levels->fit(SortedValues(sample.values()), site.grid.bits, site.role));
      const core::Tensor step = core::Tensor::full({1}, table->step);
      return {.scale = autograd::Variable(step),
              .zero = core::Tensor::zeros({1}),
              .grid = site.grid,
              .table = table};
    }
    const QParams q = (*recipe_.scale)(sample, site.grid);
    if (!site.factors) return {autograd::Variable(q.scale), q.zero, site.grid};
    const std::int64_t rows = value.numel() / value.shape()[-1];
    const FactoredStep step = power_of_two_factors(value.reshape({rows, value.shape()[-1]}), q,
                                                   site.grid, recipe_.init_samples);
    return {.scale = autograd::Variable(step.scale),
            .zero = q.zero,
            .grid = site.grid,
            .factor = step.factor};
  }

  /// (B,H,N,d): a range from the values of each head.
  ActQuantiser by_head(const ActSite& site, const core::Tensor& value) const {
    const std::int64_t batch = value.shape()[0], heads = value.shape()[1];
    const std::int64_t each = value.numel() / (batch * heads);
    core::Tensor scale = core::Tensor::empty({heads}), zero = core::Tensor::empty({heads});
    for (std::int64_t h = 0; h < heads; ++h) {
      core::Tensor own = core::Tensor::empty({batch, each});
      const auto from = value.data<float>();
      const auto to = own.writable<float>();
      for (std::int64_t b = 0; b < batch; ++b)
        std::copy_n(from.begin() + (b * heads + h) * each, each, to.begin() + b * each);
      const QParams q = (*recipe_.scale)(sample_values(own, recipe_.init_samples), site.grid);
      scale.writable<float>()[static_cast<std::size_t>(h)] = static_cast<float>(q.scale.item());
      zero.writable<float>()[static_cast<std::size_t>(h)] = static_cast<float>(q.zero.item());
    }
    return {.scale = autograd::Variable(scale), .zero = zero, .grid = site.grid, .per_head = true};
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

FactoredStep power_of_two_factors(const core::Tensor& x, const QParams& q, const Grid& grid,
                                  std::int64_t limit) {
  core::require("power_of_two_factors", x.shape().rank() == 2 && x.numel() > 0,
                "x must be (rows, channels); got {}", x.shape());
  const std::int64_t rows = x.shape()[0], channels = x.shape()[1];
  // every stride-th row: what a search sees of a large activation
  const std::int64_t most = limit == 0 ? rows : std::max<std::int64_t>(1, limit / channels);
  const std::int64_t stride = (rows + most - 1) / most;
  const auto in = x.data<float>();
  FactoredStep out{core::affine(q.scale, 1.0 / kLargestFactor, 0.0),
                   core::Tensor::empty({channels})};
  const double base = out.scale.item(), zero = q.zero.item();
  const auto factors = out.factor.writable<float>();
  core::parallel_for(channels, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> own;
    for (std::int64_t c = begin; c < end; ++c) {
      own.clear();
      for (std::int64_t r = 0; r < rows; r += stride) own.push_back(in[r * channels + c]);
      double least = std::numeric_limits<double>::infinity();
      for (int factor = 1; factor <= kLargestFactor; factor *= 2) {
        const double error = quantisation_error(own, {base * factor, zero}, grid, 2.0);
        if (error < least) factors[c] = static_cast<float>(factor), least = error;
      }
    }
  });
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
