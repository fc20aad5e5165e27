// Passes that record, train or substitute, and gradient checks of whole layers.
#pragma once

#include <algorithm>

#include "autograd/gradcheck.h"
#include "nn/layers/batch_norm2d.h"
#include "tests/nn/support.h"

namespace nn_test {

/// Writes down which hooks ran, as "input conv 0", "weight of ...", "output conv".
class RecordingPass : public nn::Pass {
 public:
  std::vector<std::string> calls;
  Variable parameter(const nn::Module& m, const nn::Parameter& p) override {
    calls.push_back("parameter " + p.path);
    return Pass::parameter(m, p);
  }
  Variable input(const nn::Module& m, int operand, const Variable& x) override {
    calls.push_back("input " + m.path() + " " + std::to_string(operand));
    return x;
  }
  Variable output(const nn::Module& m, const Variable& y) override {
    calls.push_back("output " + m.path());
    return y;
  }
};

/// Training without parameters as leaves: for layers on their own.
class LayerTrainPass : public nn::Pass {
 public:
  Tensor mean, unbiased_var;
  bool training() const override { return true; }
  void batch_statistics(const nn::BatchNorm2d&, const Tensor& m, const Tensor& v) override {
    mean = m;
    unbiased_var = v;
  }
  core::Rng mask_rng(const nn::Module& m) override { return core::Rng(5).stream(m.path()); }
};

/// Replaces each parameter by a given Variable: lets gradcheck move the weights of a layer.
class SubstitutePass : public nn::Pass {
 public:
  SubstitutePass(std::vector<nn::Parameter*> from, std::span<const Variable> to)
      : from_(std::move(from)), to_(to) {}
  Variable parameter(const nn::Module& m, const nn::Parameter& p) override {
    const auto found = std::find(from_.begin(), from_.end(), &p);
    return found == from_.end() ? Pass::parameter(m, p)
                                : to_[static_cast<std::size_t>(found - from_.begin())];
  }

 private:
  std::vector<nn::Parameter*> from_;
  std::span<const Variable> to_;
};

/// Gradcheck of layer.forward(x, pass) in its input and all its parameters, in f64.
template <class Layer>
void check_gradients(Layer layer, const Tensor& x) {
  nn::bind_paths(layer);
  perturb(layer, 3);
  to_f64(layer);
  std::vector<nn::Parameter*> moved = nn::parameters(layer);
  std::vector<Tensor> inputs{x};
  for (nn::Parameter* p : moved) {
    p->value = random(p->value.shape(), 17 + inputs.size(), core::DType::f64);
    inputs.push_back(p->value);
  }
  const auto f = [&](std::span<const Variable> v) {
    SubstitutePass pass(moved, v.subspan(1));
    return layer.forward(v[0], pass);
  };
  const autograd::GradcheckReport report = autograd::gradcheck(f, inputs);
  CHECK_MESSAGE(report.passed, report.str());
  CHECK(report.checked > x.numel());
}

}  // namespace nn_test
