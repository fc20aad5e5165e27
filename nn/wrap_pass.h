// WrapPass: a pass that stands in front of another one and forwards every hook to it, for passes that
// note what goes by.
#pragma once

#include "nn/pass.h"

namespace nn {

/// The inner pass must outlive it.
class WrapPass : public Pass {
 public:
  explicit WrapPass(Pass& inner) : inner_(inner) {}
  autograd::Variable parameter(const Module& m, const Parameter& p) override {
    return inner_.parameter(m, p);
  }
  autograd::Variable input(const Module& m, int operand, const autograd::Variable& x) override {
    return inner_.input(m, operand, x);
  }
  autograd::Variable output(const Module& m, const autograd::Variable& y) override {
    return inner_.output(m, y);
  }
  core::Precision precision() const override { return inner_.precision(); }

 private:
  Pass& inner_;
};

}  // namespace nn
