#include "quant/walk/along_layers.h"

#include <algorithm>
#include <map>

#include "core/kernels/map.h"

namespace quant {

using core::Tensor;

namespace {

constexpr std::int64_t kSamples = 64;  // at a time

/// Of a walk that sees both networks and learns nothing.
LearnWeights both_inputs() {
  core::Value keys{core::Value::Map{}};
  keys.set_path("granularity", "layer");
  keys.set_path("input", "mix");
  keys.set_path("iters", 0);
  return read_learn(core::Params(std::move(keys)));
}

}  // namespace

void along_layers(Quantised& out, const Tensor& images, const WalkAids& aids,
                  const std::function<void(const LayerInputs&)>& fn) {
  std::map<std::string, nn::Weighted*> layers;
  for (const nn::Stage& stage : out.model->stages()) {
    for (const nn::LayerUnit& unit : stage.layers)
      layers[unit.path] = dynamic_cast<nn::Weighted*>(unit.module);
  }
  const LearnWeights learn = both_inputs();
  Walk walk(*out.model, out.map, *out.pass, aids);
  walk.along(learn, images, [&](std::size_t, const Work& work, const UnitData& data) {
    nn::Weighted* layer = layers.at(work.unit.path);
    const Tensor seen = out.pass->input(*layer, 0, autograd::Variable(data.x_quant)).value();
    fn({layer, data.x_float, seen});
    return true;
  });
}

Tensor mean_window(const nn::Weighted& layer, const Tensor& x) {
  core::require("mean_window", x.numel() > 0, "inputs must not be empty; got x {}", x.shape());
  const core::DType dtype = layer.weight.value.dtype();
  const std::int64_t samples = x.shape()[0];
  Tensor sum = Tensor::zeros(layer.weight.value.shape(), core::DType::f64);
  std::int64_t outputs = 0;
  for (std::int64_t begin = 0; begin < samples; begin += kSamples) {
    const Tensor rows = x.rows(begin, std::min(kSamples, samples - begin)).to(dtype);
    const Tensor ones = Tensor::full(layer.product(rows, core::Precision::f32).shape(), 1.0, dtype);
    core::accumulate(
        sum, layer.cross_moments(ones, rows, core::Precision::f32).to(core::DType::f64), 1.0);
    outputs += ones.numel();
  }
  const double rows = static_cast<double>(outputs / sum.shape()[0]);
  return core::affine(sum, 1.0 / rows, 0.0);
}

std::vector<double> row_products(const Tensor& a, const Tensor& b) {
  core::require("row_products", a.shape() == b.shape() && a.shape().rank() > 0,
                "both must have one shape; got a {}, b {}", a.shape(), b.shape());
  const std::int64_t rows = a.shape()[0], row = a.numel() / rows;
  std::vector<double> out(static_cast<std::size_t>(rows), 0.0);
  for (std::int64_t i = 0; i < a.numel(); ++i)
    out[static_cast<std::size_t>(i / row)] += a.at(i) * b.at(i);
  return out;
}

}  // namespace quant
