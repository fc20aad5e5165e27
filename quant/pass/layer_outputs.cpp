#include "quant/pass/layer_outputs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/gradients.h"
#include "nn/layers/weighted.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr double kTiny = 1e-8;  // beside the sum of the scores of an image; source: MCT (EPS)

Tensor random_signs(const core::Shape& shape, const core::Rng& rng) {
  Tensor out = Tensor::empty(shape);
  const auto values = out.writable<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = (rng.bits(static_cast<std::uint64_t>(i)) & 1u) != 0 ? 1.0f : -1.0f;
  return out;
}

/// |row|^2 of each row, added to `to`.
void add_row_energies(const Tensor& g, std::vector<double>& to) {
  const Tensor wide = g.to(core::DType::f32);
  const auto values = wide.data<float>();
  const std::size_t width = values.size() / to.size();
  for (std::size_t n = 0; n < to.size(); ++n) {
    double sum = 0;
    for (std::size_t i = n * width; i < (n + 1) * width; ++i)
      sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    to[n] += sum;
  }
}

/// Scores [layer][image] to weights.
std::vector<double> weights_of(std::vector<std::vector<double>> scores) {
  const std::size_t images = scores.front().size();
  std::vector<double> mean(scores.size(), 0.0);
  for (std::size_t n = 0; n < images; ++n) {
    double sum = kTiny;
    for (const auto& layer : scores) sum += layer[n];
    for (std::size_t l = 0; l < scores.size(); ++l)
      mean[l] += scores[l][n] / (sum * static_cast<double>(images));
  }
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const double m : mean) {
    if (m > 0) least = std::min(least, m);
    most = std::max(most, m);
  }
  if (!(most > least)) return std::vector<double>(mean.size(), 1.0);
  for (double& m : mean) m = m > 0 ? std::log10(m / least) : 0.0;
  return mean;
}

}  // namespace

Variable LayerOutputsPass::output(const nn::Module& m, const Variable& y) {
  if (dynamic_cast<const nn::Weighted*>(&m) != nullptr || m.type() == "Relu") outputs.push_back(y);
  return WrapPass::output(m, y);
}

std::vector<double> hessian_weights(const nn::Forward& network, const Tensor& images,
                                    const ScoreOptions& options, nn::Pass& float_pass,
                                    const core::Rng& rng) {
  LayerOutputsPass layers(float_pass);
  // images that require a gradient give every layer its history
  const Tensor used = images.rows(0, std::min(options.samples, images.shape()[0]));
  const Variable logits = network(Variable(used, true), layers);
  if (layers.outputs.empty())
    throw core::Error("layer_outputs: a network needs layers to be compared at");
  std::vector<std::vector<double>> scores(
      layers.outputs.size(), std::vector<double>(static_cast<std::size_t>(used.shape()[0]), 0.0));
  for (std::int64_t draw = 0; draw < options.draws; ++draw) {
    const Tensor v = random_signs(logits.shape(), rng.stream(static_cast<std::uint64_t>(draw)));
    const std::vector<Tensor> grads = autograd::gradients(logits, layers.outputs, &v);
    for (std::size_t l = 0; l < grads.size(); ++l) add_row_energies(grads[l], scores[l]);
  }
  return weights_of(std::move(scores));
}

}  // namespace quant
