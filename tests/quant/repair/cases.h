// Quantised networks for the tests of repairs, and how far the means and spreads of their layers
// are from those of the float network.
#pragma once

#include <cmath>

#include "quant/repair/repair.h"
#include "quant/walk/along_layers.h"
#include "tests/quant/helpers.h"

namespace quant_test {

inline quant::Quantised repaired(const nn::Model& model, const core::Tensor& x, Keys keys) {
  core::Value all = tree({{"quant.weight.bits", 3},
                          {"quant.first_last", "same"},
                          {"quant.act.init_images", 8},
                          {"learn.iters", 0},
                          {"learn_act.iters", 0}});
  all.merge(tree(keys));
  core::Params params(all);
  const quant::Recipe recipe(params);
  params.done();
  core::Monitor monitor;
  return quant::quantise(model, x, recipe, core::Rng(1), monitor);
}

/// What leaves layer `path` before the activation function, in the float or the quantised network.
inline core::Tensor output_of(quant::Quantised& out, const core::Tensor& x, const std::string& path,
                              bool quantised) {
  core::Tensor y;
  quant::along_layers(*out.model, out.map, *out.pass, x, {}, [&](const quant::LayerInputs& in) {
    if (in.layer->path() != path) return;
    nn::EvalPass plain;
    nn::Pass& pass = quantised ? static_cast<nn::Pass&>(*out.pass) : plain;
    const auto& conv = dynamic_cast<const nn::Conv2d&>(*in.layer);
    quant::QuantPass weights(core::Precision::f32);  // the input is quantised already
    weights.set_parameter(conv.weight.path, pass.parameter(conv, conv.weight));
    weights.set_parameter(conv.bias->path, pass.parameter(conv, *conv.bias));
    y = conv.apply(autograd::Variable(quantised ? in.x_quant : in.x_float), weights, false).value();
  });
  return y;
}

struct Moments {
  std::vector<double> mean, var;
};
inline Moments moments_of(const core::Tensor& y) {
  const auto channels = static_cast<std::size_t>(y.shape()[-1]);
  const double n = static_cast<double>(y.numel()) / static_cast<double>(channels);
  Moments out{std::vector<double>(channels), std::vector<double>(channels)};
  for (std::int64_t i = 0; i < y.numel(); ++i)
    out.mean[static_cast<std::size_t>(i) % channels] += y.at(i) / n;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const std::size_t c = static_cast<std::size_t>(i) % channels;
    out.var[c] += (y.at(i) - out.mean[c]) * (y.at(i) - out.mean[c]) / n;
  }
  return out;
}

}  // namespace quant_test
