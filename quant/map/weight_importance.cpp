#include "quant/map/weight_importance.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "autograd/gradients.h"
#include "autograd/ops/log_softmax.h"
#include "quant/pass/capture_pass.h"
#include "quant/pass/quant_pass.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

std::vector<Tensor> squared_gradients(nn::Model& model, std::span<const WeightSite* const> sites,
                                      const Tensor& images) {
  std::vector<std::vector<double>> sums;
  for (const WeightSite* site : sites)
    sums.emplace_back(static_cast<std::size_t>(site->module->weight.value.numel()), 0.0);
  const std::int64_t count = images.shape()[0];
  for (std::int64_t i = 0; i < count; ++i) {
    QuantPass pass(core::Precision::f32);
    std::vector<Variable> wrt;
    for (const WeightSite* site : sites) {
      wrt.emplace_back(site->module->weight.value, true);
      pass.set_parameter(site->parameter, wrt.back());
    }
    const Variable log_p = autograd::log_softmax(model.forward(Variable(images.rows(i, 1)), pass));
    const std::vector<double> values = log_p.value().values();
    for (std::size_t c = 0; c < values.size(); ++c) {
      const double p = std::exp(values[c]);
      if (p < kLeastProbability) continue;
      Tensor dy = Tensor::zeros(log_p.shape(), log_p.value().dtype());
      dy.writable<float>()[c] = 1.0f;
      const std::vector<Tensor> grads = autograd::gradients(log_p, wrt, &dy);
      for (std::size_t s = 0; s < grads.size(); ++s) {
        const auto g = grads[s].data<float>();
        for (std::size_t k = 0; k < g.size(); ++k)
          sums[s][k] += p * static_cast<double>(g[k]) * static_cast<double>(g[k]);
      }
    }
  }
  std::vector<Tensor> out;
  for (std::size_t s = 0; s < sums.size(); ++s) {
    for (double& x : sums[s]) x /= static_cast<double>(count);
    out.push_back(Tensor::of<double>(sites[s]->module->weight.value.shape(), sums[s]));
  }
  return out;
}

std::vector<Tensor> squared_inputs(nn::Model& model, std::span<const WeightSite* const> sites,
                                   const Tensor& images) {
  std::vector<std::string> paths;
  for (const WeightSite* site : sites) paths.push_back(site->module->path());
  nn::EvalPass plain;
  CapturePass capture(plain, paths);
  model.forward(Variable(images), capture);
  std::vector<Tensor> out;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const nn::Weighted& layer = *sites[s]->module;
    const Tensor& w = layer.weight.value;
    const Tensor moments = layer.input_moments(capture.captured[s].to(w.dtype()));
    const std::int64_t groups = moments.shape()[0], width = moments.shape()[2];
    const double rows = static_cast<double>(
        layer.product(capture.captured[s].to(w.dtype()), core::Precision::f32).numel() /
        w.shape()[0]);
    const auto a = moments.data<double>();
    std::vector<double> values(static_cast<std::size_t>(w.numel()));
    const std::int64_t outputs = w.shape()[0];
    for (std::int64_t o = 0; o < outputs; ++o) {
      const std::int64_t group = o * groups / outputs;
      for (std::int64_t k = 0; k < width; ++k)
        values[static_cast<std::size_t>(o * width + k)] =
            a[static_cast<std::size_t>((group * width + k) * width + k)] / rows;
    }
    out.push_back(Tensor::of<double>(w.shape(), values));
  }
  return out;
}

}  // namespace

std::vector<Tensor> weight_importance(nn::Model& model, std::span<const WeightSite* const> sites,
                                      const Tensor& images, ErrorWeight kind) {
  const Tensor used = images.rows(0, std::min(images.shape()[0], kImportanceImages));
  if (kind == ErrorWeight::none) return {};
  std::vector<WeightSite> whole;  // every weight once, where its rows make several sites
  std::map<const nn::Weighted*, std::size_t> place;
  for (const WeightSite* site : sites) {
    if (!place.emplace(site->module, whole.size()).second) continue;
    whole.push_back(*site);
    whole.back().parameter = site->module->weight.path;
    whole.back().rows.clear();
  }
  std::vector<const WeightSite*> each;
  for (const WeightSite& site : whole) each.push_back(&site);
  const std::vector<Tensor> found = kind == ErrorWeight::fisher
                                        ? squared_gradients(model, each, used)
                                        : squared_inputs(model, each, used);
  std::vector<Tensor> out;
  for (const WeightSite* site : sites) {
    const Tensor& own = found[place.at(site->module)];
    out.push_back(site->rows.empty() ? own : take_rows(own, site->rows));
  }
  return out;
}

}  // namespace quant
