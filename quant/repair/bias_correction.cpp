// Bias correction: the shift that quantisation gives to the mean of a layer's output is taken out
// of its bias.
//
// empirical: b' = b - mean(z_q - z), z before the activation function, means over the calibration
// images and positions, layer by layer with the corrected prefix.  analytic: b' = b - (sum over the
// window of W_hat - W) . E[x], E[x] that of a ReLU behind the batch norm folded into the
// convolution before; layers without one are corrected empirically or left alone.
// source: Nagel et al. 2019 (data-free quantization), section 4.2 and appendix C; AIMET.
// deviation: the head, whose outputs are compared with each other, stays as it is unless `skip` is
// empty; AIMET corrects it too.
#include <algorithm>
#include <map>
#include <set>

#include "nn/layers/batch_norm2d.h"
#include "quant/moments/mean_window.h"
#include "quant/network/bit_overrides.h"
#include "quant/network/conv_pairs.h"
#include "quant/repair/repair.h"

namespace quant {
namespace {

using autograd::Variable;
using core::Tensor;

/// Whether a path, a glob or a role (stem, head) names the layer of this stage.
bool names(const std::string& pattern, const std::string& path, std::size_t stage,
           std::size_t stages) {
  return (pattern == "stem" && stage == 0) || (pattern == "head" && stage + 1 == stages) ||
         glob_matches(pattern, path);
}

struct BiasCorrection final : Repair {
  bool analytic, others = true;
  std::vector<std::string> skip;

  explicit BiasCorrection(core::Params& params)
      : analytic(params.get<std::string>(
                     "mode", "empirical",
                     {.doc = "where the shift of a mean comes from: calibration images, or the "
                             "batch norm before the layer",
                      .source = "AIMET",
                      .one_of = {"empirical", "analytic"}}) == "analytic"),
        skip(params.get<std::vector<std::string>>(
            "skip", {"head"},
            {.doc = "layers that keep their biases: paths, globs (layer1.*) and roles (stem, "
                    "head); []: none",
             .source = "ours; AIMET: []"})) {
    if (!analytic && !params.is_describing()) return;
    others = params.get<std::string>(
                 "others", "empirical",
                 {.doc = "of mode analytic: layers that no batch norm and ReLU stand before",
                  .source = "AIMET: empirical",
                  .one_of = {"empirical", "leave"}}) == "empirical";
  }

  /// It sets the bias that gives the float mean, whatever stood there.
  std::string clash(const RepairSetting& setting) const override {
    return setting.biases_learned ? "biases that nothing has learned: learn.bias.on false" : "";
  }
  std::string caution(const RepairSetting& setting) const override {
    // source: AIMET's advice on AdaRound, no bias correction before or after it
    return setting.roundings_learned
               ? "quant.repair bias_correction behind learned roundings may lose accuracy: they "
                 "were learned for the biases as they are"
               : "";
  }
  std::string needs(nn::Model& model) const override {
    for (const std::string& pattern : skip) {
      if (!layers_of(model, {pattern}).empty()) continue;
      std::vector<std::string> known{"stem", "head"};
      for (const std::string& path : layers_of(model, {"*"})) known.push_back(path);
      return fmt::format("layers that the patterns of skip name, and '{}' names none{}", pattern,
                         core::known_hint(pattern, known));
    }
    if (!analytic) return {};
    const std::vector<ConvPair> pairs = conv_pairs(model);
    if (pairs.empty() || model.conv_bn_pairs().front().bn->folded())
      return "batch norms between convolutions, not folded yet; mode: empirical does without";
    return {};
  }

  void apply(const RepairTarget& out) const override {
    const std::set<std::string> kept = layers_of(out.model, skip);
    std::map<const nn::Weighted*, const FoldedNorm*> before;
    if (analytic) {
      for (const ConvPair& pair : conv_pairs(out.model))
        before[pair.second] = &out.norms.at(pair.first->path());
      for (const auto& [layer, norm] : before) {
        if (kept.contains(layer->path())) continue;
        correct(out, *layer, analytic_shift(out, *layer, *norm));
      }
      if (!others) return;
    }
    out.along_layers([&](const LayerInputs& in) {
      if (!in.layer->bias || before.contains(in.layer) || kept.contains(in.layer->path())) return;
      const Tensor w = in.layer->weight.value, w_hat = weight_in(out, *in.layer);
      std::vector<double> shift = row_products(w_hat, mean_window(*in.layer, in.x_quant));
      const std::vector<double> mean = row_products(w, mean_window(*in.layer, in.x_float));
      for (std::size_t o = 0; o < shift.size(); ++o) shift[o] -= mean[o];
      correct(out, *in.layer, shift);
    });
  }

 private:
  static std::set<std::string> layers_of(nn::Model& model,
                                         const std::vector<std::string>& patterns) {
    std::set<std::string> out;
    const std::vector<nn::Stage> stages = model.stages();
    for (std::size_t s = 0; s < stages.size(); ++s) {
      for (const nn::LayerUnit& layer : stages[s].layers) {
        if (std::ranges::any_of(patterns, [&](const std::string& pattern) {
              return names(pattern, layer.path, s, stages.size());
            }))
          out.insert(layer.path);
      }
    }
    return out;
  }

  static Tensor weight_in(const RepairTarget& out, const nn::Weighted& layer) {
    return out.pass.parameter(layer, layer.weight).value();
  }

  static std::vector<double> analytic_shift(const RepairTarget& out, const nn::Weighted& layer,
                                            const FoldedNorm& norm) {
    const Tensor w = layer.weight.value, w_hat = weight_in(out, layer);
    const std::int64_t in = w.shape()[1], window = w.shape()[2] * w.shape()[3];
    std::vector<double> shift(static_cast<std::size_t>(w.shape()[0]), 0.0);
    for (std::int64_t i = 0; i < w.numel(); ++i) {
      const auto channel = static_cast<std::size_t>(i / window % in);
      shift[static_cast<std::size_t>(i / window / in)] +=
          (w_hat.at(i) - w.at(i)) * mean_behind_relu(norm.beta[channel], norm.gamma[channel]);
    }
    return shift;
  }

  /// The float bias without the shift, in place of what stands for it.
  static void correct(const RepairTarget& out, const nn::Weighted& layer,
                      const std::vector<double>& shift) {
    const Tensor& bias = layer.bias->value;
    std::vector<double> values = bias.values();
    for (std::size_t o = 0; o < values.size(); ++o) values[o] -= shift[o];
    out.pass.set_parameter(layer.bias->path,
                           Variable(Tensor::of<double>(bias.shape(), values).to(bias.dtype())));
  }
};

const core::Registered<Repair, BiasCorrection> kRegistered{"bias_correction"};

}  // namespace
}  // namespace quant
