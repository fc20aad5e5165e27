// Weighted: what Conv2d and Linear have in common: a weight with one output per row and an optional
// bias.
//
// This is the type that weight quantisation works on: every LayerUnit's module is a Weighted, and
// the output channel is the first axis of its weight.
#pragma once

#include <optional>

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

class Weighted : public Module {
 public:
  Parameter weight;               // (O, I) or (O, I/groups, KH, KW)
  std::optional<Parameter> bias;  // (O)

  void fields(Fields& f) override {
    f("weight", weight);
    f("bias", bias);
  }
  /// What the weight does, without bias, hooks and graph: y = w x for every row x that it reads.
  /// shapes: x as the layer's input -> y as its output.
  virtual core::Tensor product(const core::Tensor& x, core::Precision precision) const = 0;
  /// The sum of dy xT over all rows: what the product gives back to its weight, in its shape.
  virtual core::Tensor cross_moments(const core::Tensor& dy, const core::Tensor& x,
                                     core::Precision precision) const = 0;
  /// The sum of x xT over all rows.  shapes: (groups, K, K), K = elements of an output's weight.
  /// dtype: f64.
  virtual core::Tensor input_moments(const core::Tensor& x) const = 0;

 protected:
  Weighted(core::Shape weight_shape, bool with_bias);
  /// The Variable that stands for the bias in `pass`, if there is one.
  std::optional<autograd::Variable> bias_in(Pass& pass) const;
};

}  // namespace nn
