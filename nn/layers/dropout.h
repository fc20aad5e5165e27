// Dropout and DropPath (stochastic depth): the identity unless the pass is training and the rate is
// above 0.
//
// The mask comes from Pass::mask_rng(*this), so it depends on the seed, the step and this module's
// path only. No hooks.
#pragma once

#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

/// Zeroes elements with probability `rate`, scales the rest by 1/(1-rate).
class Dropout final : public Module {
 public:
  explicit Dropout(double rate) : rate_(rate) {}
  std::string_view type() const override { return "Dropout"; }
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;

 private:
  double rate_;
};

/// Zeroes the branch of a whole sample with probability `rate`.
class DropPath final : public Module {
 public:
  explicit DropPath(double rate) : rate_(rate) {}
  std::string_view type() const override { return "DropPath"; }
  autograd::Variable forward(const autograd::Variable& x, Pass& pass) const;

 private:
  double rate_;
};

}  // namespace nn
