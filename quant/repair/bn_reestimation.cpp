// Re-estimation of batch norms that are folded away: behind each of their convolutions stands an
// identity batch norm with the mean and variance of the float network, which is measured again in
// the quantised network and folded again: r = sqrt((var + eps) / (var_q + eps)), W_hat' = r W_hat,
// b' = mean + r (b - mean_q).  Codes stay; r goes into the steps of the output channel.
//
// Statistics are those of the calibration images, layer by layer with the prefix re-estimated.
// source: Hubara et al. 2020 (AdaQuant), batch-norm tuning; AIMET (re-estimation).
// deviation: statistics of all images at once in place of an average over batches.
#include <cmath>

#include "core/kernels/gemm.h"
#include "core/kernels/map.h"
#include "nn/layers/batch_norm2d.h"
#include "quant/grid/codes.h"
#include "quant/moments/mean_window.h"
#include "quant/moments/second_moments.h"
#include "quant/repair/repair.h"

namespace quant {
namespace {

using autograd::Variable;
using core::Tensor;

struct Statistics {
  std::vector<double> mean, var;  // of w . x, without the bias
};

Statistics statistics_of(const nn::Weighted& layer, const Tensor& weight, const Tensor& x) {
  Statistics out{row_products(weight, mean_window(layer, x)), {}};
  const Tensor moments = second_moments(layer, x);
  const std::int64_t groups = moments.shape()[0], k = moments.shape()[2];
  const Tensor w = weight.to(core::DType::f64).reshape({groups, weight.numel() / groups / k, k});
  const Tensor product = core::matmul(w, moments);
  out.var =
      row_products(w.reshape({weight.numel() / k, k}), product.reshape({weight.numel() / k, k}));
  for (std::size_t o = 0; o < out.var.size(); ++o)
    out.var[o] = std::max(0.0, out.var[o] - out.mean[o] * out.mean[o]);
  return out;
}

/// Row o of x times factor[o].
Tensor times_rows(const Tensor& x, const std::vector<double>& factor) {
  std::vector<double> values = x.values();
  const std::size_t row = values.size() / factor.size();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= factor[i / row];
  return Tensor::of<double>(x.shape(), values).to(x.dtype());
}

struct BnReestimation final : Repair {
  explicit BnReestimation(core::Params&) {}

  std::string clash(const RepairSetting& setting) const override {
    if (setting.biases_learned) return "biases that nothing has learned: learn.bias.on false";
    if (!setting.weights_quantised || setting.per_channel) return {};
    return "steps of single output channels: quant.weight.per_channel true";
  }

  std::string needs(nn::Model& model) const override {
    const std::vector<nn::ConvBn> pairs = model.conv_bn_pairs();
    if (pairs.empty() || pairs.front().bn->folded())
      return "batch norms that are not folded yet, which this network does not have";
    return {};
  }

  void apply(const RepairTarget& out) const override {
    out.along_layers([&](const LayerInputs& in) {
      const nn::Weighted& layer = *in.layer;
      const auto norm = out.norms.find(layer.path());
      if (norm == out.norms.end()) return;
      const double eps = norm->second.eps;
      const Tensor w_hat = out.pass.parameter(layer, layer.weight).value();
      const Statistics wanted = statistics_of(layer, layer.weight.value, in.x_float),
                       found = statistics_of(layer, w_hat, in.x_quant);
      std::vector<double> factor(wanted.mean.size()), bias = layer.bias->value.values();
      for (std::size_t o = 0; o < factor.size(); ++o) {
        factor[o] = std::sqrt((wanted.var[o] + eps) / (found.var[o] + eps));
        bias[o] += wanted.mean[o] - factor[o] * found.mean[o];
      }
      scale_weight(out, layer, w_hat, factor);
      const Tensor& before = layer.bias->value;
      out.pass.set_parameter(layer.bias->path,
                             Variable(Tensor::of<double>(before.shape(), bias).to(before.dtype())));
    });
  }

 private:
  static void scale_weight(const RepairTarget& out, const nn::Weighted& layer, const Tensor& w_hat,
                           const std::vector<double>& factor) {
    bool quantised = false;
    for (const WeightSite& site : out.map.weights) {  // several where rows have bits of their own
      const auto baked = out.weights.find(site.parameter);
      if (site.module->weight.path != layer.weight.path || baked == out.weights.end()) continue;
      quantised = true;
      std::vector<double> own = factor;
      if (!site.rows.empty()) {
        own.clear();
        for (const std::int64_t row : site.rows)
          own.push_back(factor[static_cast<std::size_t>(row)]);
      }
      QuantisedWeight& weight = baked->second.original;
      weight.w = times_rows(weight.w, own);
      weight.q.scale = times_rows(weight.q.scale, own);
      out.pass.set_parameter(site.parameter,
                             Variable(dequantise(baked->second.codes, weight.q, weight.grid)));
    }
    if (!quantised) out.pass.set_parameter(layer.weight.path, Variable(times_rows(w_hat, factor)));
  }
};

const core::Registered<Repair, BnReestimation> kRegistered{"bn_reestimation"};

}  // namespace
}  // namespace quant
