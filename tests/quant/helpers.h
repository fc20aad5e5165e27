// What the tests of quantisation share: strategies and recipes from a few keys, small models and
// data.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "core/config/params.h"
#include "core/config/registry.h"
#include "core/system/monitor.h"
#include "data/dataset.h"
#include "nn/layers/batch_norm2d.h"
#include "nn/model.h"
#include "quant/quantise.h"
#include "quant/recipe/recipe.h"
#include "tests/support/compare.h"

namespace quant_test {

using Keys = std::initializer_list<std::pair<std::string, core::Value>>;

inline core::Value tree(Keys keys) {
  core::Value out{core::Value::Map{}};
  for (const auto& [path, value] : keys) out.set_path(path, value);
  return out;
}

/// A strategy by name; its options must all be known.
template <class T>
std::unique_ptr<T> make(const std::string& name, Keys keys = {}) {
  core::Params params(tree(keys));
  auto strategy = core::Registry<T>::create(name, params);
  params.done();
  return strategy;
}

inline quant::Recipe recipe(Keys keys) {
  core::Params params(tree(keys));
  quant::Recipe out(params);
  params.done();
  return out;
}

/// A registered model with weights drawn from a fixed seed and, for batch norms, statistics away
/// from 0 and 1.
inline std::unique_ptr<nn::Model> model(const std::string& name, std::int64_t img_size,
                                        std::int64_t channels) {
  core::Params params(
      tree({{"name", name}, {"img_size", img_size}, {"in_channels", channels}, {"classes", 10}}));
  auto out = nn::make_model(params, core::Rng(7));
  core::Rng rng = core::Rng(7).stream("statistics");
  for (nn::Module* module : nn::modules(*out)) {
    auto* bn = dynamic_cast<nn::BatchNorm2d*>(module);
    if (!bn) continue;
    const core::Shape shape = bn->weight.value.shape();
    bn->weight.value = rng.uniform(shape, 0.5, 1.5);
    bn->bias.value = rng.normal(shape, 0.0, 0.2);
    bn->running_mean.value = rng.normal(shape, 0.0, 0.2);
    bn->running_var.value = rng.uniform(shape, 0.5, 2.0);
  }
  return out;
}

inline core::Tensor images(std::int64_t count, std::int64_t side, std::int64_t channels) {
  return core::Rng(11).normal({count, side, side, channels}, 0.0, 1.0);
}

/// `per_class` images of each class in class order, 2x2 grey pixels that hold the index.
class ToyDataset final : public data::Dataset {
 public:
  ToyDataset(std::int64_t classes, std::int64_t per_class)
      : classes_(classes), per_class_(per_class) {}
  std::int64_t size(data::Split) const override { return classes_ * per_class_; }
  std::int64_t classes() const override { return classes_; }
  core::Shape image_shape() const override { return {2, 2, 1}; }
  data::Normalisation normalisation() const override { return {{0.0}, {1.0}}; }
  core::Tensor pixels(data::Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size()), 2, 2, 1}, core::DType::u8);
    const auto values = out.writable<std::uint8_t>();
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<std::uint8_t>(index[i / 4]);
    return out;
  }
  core::Tensor labels(data::Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size())}, core::DType::s64);
    for (std::size_t i = 0; i < index.size(); ++i)
      out.writable<std::int64_t>()[i] = index[i] / per_class_;
    return out;
  }
  std::string fingerprint() const override { return "toy"; }

 private:
  std::int64_t classes_, per_class_;
};

}  // namespace quant_test
