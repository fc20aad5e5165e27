// The update shared by Adam and AdamW, one pass over value, gradient and moments.
//
// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  w -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) +
// eps). Coupled decay (Adam) adds lambda w to g first; decoupled decay (AdamW) multiplies w by 1 -
// lr lambda first. source: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2;
// torch.optim (PyTorch 1.13).
#pragma once

#include "nn/optim/optimizer.h"

namespace nn {

struct AdamOptions {
  double lr, beta1, beta2, eps;
  WeightDecay decay;
  bool decoupled;

  AdamOptions(core::Params& params, double default_decay, bool decoupled_decay);
};

/// Updates one tensor at step `t` (from 1).
void adam_step(const AdamOptions& options, double lr, std::int64_t t, core::Tensor& value,
               const core::Tensor& grad, core::Tensor& m, core::Tensor& v);

/// Adam or AdamW, which differ in the form and default of the decay only.
class AdamFamily : public Optimizer {
 public:
  void step(std::span<core::Tensor* const> values, std::span<const core::Tensor> grads,
            double lr) override;
  std::map<std::string, core::Tensor> state() const override { return slots_.state(); }
  void load_state(const std::map<std::string, core::Tensor>& state) override { slots_.load(state); }
  double base_lr() const override { return options_.lr; }

 protected:
  AdamFamily(std::string_view name, const AdamOptions& options)
      : name_(name), options_(options), slots_({"m", "v"}) {}

 private:
  std::string_view name_;
  AdamOptions options_;
  Slots slots_;
};

}  // namespace nn
