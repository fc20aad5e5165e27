// Cross-layer equalisation: where a convolution, a ReLU and a convolution follow each other inside
// a residual block, channel i of the first is divided by S_i and the second's inputs i multiplied
// by it, S = sqrt(r1 / r2) with r1 = max |W1[i,:]| and r2 = max |W2[:,i]|, which makes both ranges
// equal and leaves the network's function as it is.  S = 1 where a range is zero or S not finite.
// Absorption of biases, after it: c moves from b1 into b2, b2 += (sum of W2[:,i]) c.  This leaves
// the function as it is only where the first's output never falls below c and the second adds no
// zeros around it.  `exact` takes such channels alone: those without weights, whose output is b1
// whatever comes in, before a second without padding; c = max(0, b1).
// `aimet`: c = max(0, beta - 3 |gamma|) of the folded batch norm, of every channel.  The function
// changes where an output is below c, and at the borders, where the second convolution reads zeros
// and not c.
// source: Nagel et al. 2019 (data-free quantization), sections 4.1 and 4.1.3; aimet: AIMET.
// deviation: the paper and AIMET absorb as `aimet` does, the default is `exact`; a depthwise
// convolution between two others is not equalised with them.
#include <algorithm>
#include <array>
#include <cmath>

#include "nn/layers/batch_norm2d.h"
#include "quant/network/conv_pairs.h"
#include "quant/prepare/prepare.h"

namespace quant {
namespace {

constexpr std::array<std::int64_t, 2> kNoPad{0, 0};

/// fn(value, output channel, input channel) of every weight.
template <class T, class Fn>
void each_weight(std::span<T> w, const core::Shape& shape, Fn&& fn) {
  const std::int64_t in = shape[1], window = shape[2] * shape[3];
  for (std::size_t i = 0; i < w.size(); ++i) {
    const auto k = static_cast<std::int64_t>(i) / window;
    fn(w[i], static_cast<std::size_t>(k / in), static_cast<std::size_t>(k % in));
  }
}

struct Equalise final : Prepare {
  int passes;
  std::string absorb;
  bool required;

  explicit Equalise(core::Params& params)
      : passes(params.get<int>("passes", 20,
                               {.doc = "times that all pairs are equalised one after the other",
                                .source = "Brevitas",
                                .min = 1,
                                .max = 1000})),
        absorb(params.get<std::string>(
            "absorb", "exact",
            {.doc = "biases that move into the next layer; exact: of channels without weights, "
                    "before a layer without padding; aimet: those that are high against the "
                    "spread of their batch norm, which changes what the float network computes",
             .source = "ours; AIMET, the paper: aimet",
             .one_of = {"exact", "aimet", "none"}})),
        required(params.get<bool>(
            "required", true,
            {.doc = "refuse networks without such pairs or batch norms; false: no effect"})) {}

  std::string needs(nn::Model& model) const override {
    if (!required) return {};
    if (conv_pairs(model).empty())
      return "residual blocks with one convolution after another, which this network does not have";
    if (absorb == "aimet" && model.conv_bn_pairs().front().bn->folded())
      return "batch norms that are not folded yet; absorb: exact does without";
    return {};
  }

  void apply(nn::Model& model, const core::Tensor&, const Grid&,
             FoldedNorms& norms) const override {
    const std::vector<ConvPair> pairs = conv_pairs(model);
    for (int pass = 0; pass < passes; ++pass) {
      for (const ConvPair& pair : pairs) equalise(pair, norms);
    }
    for (const ConvPair& pair : pairs) {
      const auto norm = norms.find(pair.first->path());
      FoldedNorm* const known = norm == norms.end() ? nullptr : &norm->second;
      if (absorb == "aimet" && known) move_bias(pair, high_biases(*known), known);
      if (absorb == "exact") move_bias(pair, constant_outputs(pair), known);
    }
  }

 private:
  static void equalise(const ConvPair& pair, FoldedNorms& norms) {
    core::Tensor &w1 = pair.first->weight.value, &w2 = pair.second->weight.value;
    const auto channels = static_cast<std::size_t>(w1.shape()[0]);
    std::vector<double> r1(channels), r2(channels), s(channels, 1.0);
    core::dispatch_float("equalise", w1.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const core::Shape first = w1.shape(), second = w2.shape();
      const auto a = w1.writable<T>(), b = w2.writable<T>();
      const auto larger = [](double& to, T v) { to = std::max(to, std::fabs(double(v))); };
      each_weight(a, first, [&](T& v, std::size_t o, std::size_t) { larger(r1[o], v); });
      each_weight(b, second, [&](T& v, std::size_t, std::size_t i) { larger(r2[i], v); });
      for (std::size_t c = 0; c < channels; ++c) {
        const double ratio = std::sqrt(r1[c] / r2[c]);
        if (std::isfinite(ratio) && ratio > 0) s[c] = ratio;
      }
      each_weight(a, first, [&](T& v, std::size_t o, std::size_t) { v = T(v / s[o]); });
      each_weight(b, second, [&](T& v, std::size_t, std::size_t i) { v = T(v * s[i]); });
      if (!pair.first->bias) return;
      const auto bias = pair.first->bias->value.writable<T>();
      for (std::size_t c = 0; c < channels; ++c) bias[c] = T(bias[c] / s[c]);
    });
    const auto norm = norms.find(pair.first->path());
    if (norm == norms.end()) return;
    for (std::size_t c = 0; c < channels; ++c) {
      norm->second.gamma[c] /= s[c];
      norm->second.beta[c] /= s[c];
    }
  }

  /// AIMET's c of every channel.
  static std::vector<double> high_biases(const FoldedNorm& norm) {
    std::vector<double> c(norm.beta.size());
    for (std::size_t i = 0; i < c.size(); ++i)
      c[i] = std::max(0.0, norm.beta[i] - 3 * std::fabs(norm.gamma[i]));
    return c;
  }

  /// What comes out of the ReLU where it is always the same and the second sees it everywhere.
  static std::vector<double> constant_outputs(const ConvPair& pair) {
    const core::Tensor& w1 = pair.first->weight.value;
    std::vector<double> c(static_cast<std::size_t>(w1.shape()[0]), 0.0);
    if (!pair.first->bias || !pair.second->bias || pair.second->options().pad != kNoPad) return c;
    std::vector<bool> constant(c.size(), true);
    core::dispatch_float("equalise", w1.dtype(), [&](auto tag) {
      using T = decltype(tag);
      each_weight(w1.data<T>(), w1.shape(),
                  [&](T v, std::size_t o, std::size_t) { constant[o] = constant[o] && v == 0; });
    });
    for (std::size_t i = 0; i < c.size(); ++i) {
      if (constant[i]) c[i] = std::max(0.0, pair.first->bias->value.at(std::int64_t(i)));
    }
    return c;
  }

  /// norm: of the first, when it is known.
  static void move_bias(const ConvPair& pair, const std::vector<double>& c, FoldedNorm* norm) {
    if (std::ranges::all_of(c, [](double v) { return v == 0; })) return;
    core::Tensor &w2 = pair.second->weight.value, &b1 = pair.first->bias->value,
                 &b2 = pair.second->bias->value;
    for (std::size_t i = 0; norm && i < c.size(); ++i) norm->beta[i] -= c[i];
    core::dispatch_float("equalise", w2.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto from = b1.writable<T>(), to = b2.writable<T>();
      std::vector<double> gained(to.size(), 0.0);
      const core::Shape shape = w2.shape();
      each_weight(w2.data<T>(), shape,
                  [&](T v, std::size_t o, std::size_t i) { gained[o] += double(v) * c[i]; });
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = T(from[i] - c[i]);
      for (std::size_t o = 0; o < to.size(); ++o) to[o] = T(to[o] + gained[o]);
    });
  }
};

const core::Registered<Prepare, Equalise> kRegistered{"equalise"};

}  // namespace
}  // namespace quant
