// AdamFamily: the update shared by Adam and AdamW, one pass over value, gradient and moments.
//
// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;
// w -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps).
// Coupled decay (Adam) adds lambda w to g first; decoupled decay (AdamW) multiplies w by
// 1 - lr lambda first.
// source: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2; torch.optim 1.13.
#pragma once

#include <cmath>

#include "core/threads.h"
#include "nn/optim/parameter_update.h"

namespace nn {

class AdamFamily : public Optimizer {
 public:
  void step(std::span<core::Tensor* const> values, std::span<const core::Tensor> grads,
            double lr) override {
    slots_.begin_step(decoupled_ ? "adamw" : "adam", values, grads);
    for (std::size_t i = 0; i < values.size(); ++i) {
      core::dispatch_float("adam", values[i]->dtype(), [&](auto zero) {
        update<decltype(zero)>(*values[i], grads[i], slots_.at(0, i), slots_.at(1, i), lr);
      });
    }
  }
  std::map<std::string, core::Tensor> state() const override { return slots_.state(); }
  void load_state(const std::map<std::string, core::Tensor>& state) override { slots_.load(state); }
  double base_lr() const override { return lr_; }

 protected:
  AdamFamily(core::Params& c, double default_decay, bool decoupled)
      : lr_(lr_option(c, 1e-3)),
        beta1_(keep_option(c, "beta1", 0.9, "Kingma & Ba 2015")),
        beta2_(keep_option(c, "beta2", 0.999, "Kingma & Ba 2015")),
        eps_(eps_option(c, 1e-8, "Kingma & Ba 2015")),
        decay_(c, default_decay),
        decoupled_(decoupled) {}

 private:
  template <class T>
  void update(core::Tensor& value, const core::Tensor& grad, core::Tensor& first,
              core::Tensor& second, double lr) const {
    const double lambda = decay_.of(value), t = static_cast<double>(slots_.steps());
    const T keep = decoupled_ ? static_cast<T>(1.0 - lr * lambda) : T(1);
    const T coupled = decoupled_ ? T(0) : static_cast<T>(lambda);
    const T b1 = static_cast<T>(beta1_), c1 = static_cast<T>(1.0 - beta1_);
    const T b2 = static_cast<T>(beta2_), c2 = static_cast<T>(1.0 - beta2_);
    const T rate = static_cast<T>(lr / (1.0 - std::pow(beta1_, t)));
    const T root = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(beta2_, t)));
    const T eps = static_cast<T>(eps_);
    T* __restrict w = value.writable<T>().data();
    const T* __restrict g = grad.data<T>().data();
    T* __restrict m = first.writable<T>().data();
    T* __restrict v = second.writable<T>().data();
    core::parallel_for(value.numel(), kGrain, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T d = g[i] + coupled * w[i];
        m[i] = b1 * m[i] + c1 * d;
        v[i] = b2 * v[i] + c2 * d * d;
        w[i] = keep * w[i] - rate * m[i] / (std::sqrt(v[i]) * root + eps);
      }
    });
  }

  static constexpr std::int64_t kGrain = 1 << 15;

  double lr_, beta1_, beta2_, eps_;
  WeightDecay decay_;
  bool decoupled_;
  Slots slots_{{"m", "v"}};
};

}  // namespace nn
