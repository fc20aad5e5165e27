// Pass: how a forward run treats the values of a model: plain, training, observing or quantised.
//
// The seam between models and quantisation.  Models are immutable in a forward; everything that
// varies goes through the Pass: which Variable stands for a weight, what happens to the tensor that
// enters or leaves a site, the precision, and whether batch statistics and dropout are
// on.  The base class is plain inference in f32.
#pragma once

#include <functional>

#include "autograd/variable.h"
#include "core/rng.h"
#include "nn/module.h"

namespace nn {

class BatchNorm2d;

class Pass {
 public:
  virtual ~Pass() = default;
  /// The Variable that stands for a parameter of `module`.
  virtual autograd::Variable parameter(const Module& module, const Parameter& p);
  /// A tensor on its way into operand `operand` of a site (Conv2d, Linear: 0; MatMul: 0 and 1).
  virtual autograd::Variable input(const Module& site, int operand, const autograd::Variable& x);
  /// A tensor that leaves a site (an activation module, a linear layer, a residual add).
  virtual autograd::Variable output(const Module& site, const autograd::Variable& y);

  virtual core::Precision precision() const { return core::Precision::f32; }
  /// True: batch statistics, dropout and stochastic depth are on.
  virtual bool training() const { return false; }
  /// Batch statistics of a training forward (mean and unbiased variance); the pass decides what
  /// becomes of them.
  virtual void batch_statistics(const BatchNorm2d&, const core::Tensor&, const core::Tensor&) {}
  /// A tensor on its way into a batch normalisation that is not folded away.
  virtual void batch_norm_input(const BatchNorm2d&, const autograd::Variable&) {}
  /// A fresh generator for the dropout mask of `module` in this forward; only asked for when
  /// training.
  virtual core::Rng mask_rng(const Module& module);
};

/// x as a pass stores values between layers: rounded to bf16 where the precision is bf16 and x is
/// f32.  Stands where images enter a network; everything after it keeps the type.
autograd::Variable as_activation(const autograd::Variable& x, const Pass& pass);
/// An activation widened to f32: before a head, so that logits are f32.
autograd::Variable widened(const autograd::Variable& x);

/// A forward run of a network or a piece of it.
using Forward = std::function<autograd::Variable(const autograd::Variable&, Pass&)>;

/// Plain inference at a given precision.
class EvalPass : public Pass {
 public:
  explicit EvalPass(core::Precision precision = core::Precision::f32) : precision_(precision) {}
  core::Precision precision() const override { return precision_; }

 private:
  core::Precision precision_;
};

}  // namespace nn
