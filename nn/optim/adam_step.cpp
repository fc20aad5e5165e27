#include "nn/optim/adam_step.h"

#include <cmath>

#include "core/threads.h"

namespace nn {

using core::Key;
using core::Tensor;

namespace {

constexpr std::int64_t kGrain = 1 << 15;

double beta(core::Params& c, std::string_view key, double fallback) {
  return c.get<double>(
      key, fallback,
      Key{.doc = "decay of a moment", .source = "Kingma & Ba 2015", .min = 0.0, .max = 1.0});
}

}  // namespace

AdamOptions::AdamOptions(core::Params& c, double default_decay, bool decoupled_decay)
    : lr(lr_option(c, 1e-3)),
      beta1(beta(c, "beta1", 0.9)),
      beta2(beta(c, "beta2", 0.999)),
      eps(c.get<double>(
          "eps", 1e-8,
          Key{.doc = "added to the root of v", .source = "Kingma & Ba 2015", .min = 0.0})),
      decay(c, default_decay),
      decoupled(decoupled_decay) {
  if (beta1 == 1.0) c.fail("beta1", "must be below 1");
  if (beta2 == 1.0) c.fail("beta2", "must be below 1");
}

void adam_step(const AdamOptions& o, double lr, std::int64_t t, Tensor& value, const Tensor& grad,
               Tensor& m, Tensor& v) {
  core::dispatch_float("adam", value.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const double lambda = o.decay.of(value);
    const T keep = o.decoupled ? static_cast<T>(1.0 - lr * lambda) : T(1);
    const T coupled = o.decoupled ? T(0) : static_cast<T>(lambda);
    const T b1 = static_cast<T>(o.beta1), c1 = static_cast<T>(1.0 - o.beta1);
    const T b2 = static_cast<T>(o.beta2), c2 = static_cast<T>(1.0 - o.beta2);
    const double steps = static_cast<double>(t);
    const T rate = static_cast<T>(lr / (1.0 - std::pow(o.beta1, steps)));
    const T root = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(o.beta2, steps)));
    const T eps = static_cast<T>(o.eps);
    T* __restrict w = value.writable<T>().data();
    const T* __restrict g = grad.data<T>().data();
    T* __restrict m1 = m.writable<T>().data();
    T* __restrict m2 = v.writable<T>().data();
    core::parallel_for(value.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T d = g[i] + coupled * w[i];
        m1[i] = b1 * m1[i] + c1 * d;
        m2[i] = b2 * m2[i] + c2 * d * d;
        w[i] = keep * w[i] - rate * m1[i] / (std::sqrt(m2[i]) * root + eps);
      }
    });
  });
}

void AdamFamily::step(std::span<Tensor* const> values, std::span<const Tensor> grads, double lr) {
  slots_.begin_step(name_, values, grads);
  for (std::size_t i = 0; i < values.size(); ++i) {
    adam_step(options_, lr, slots_.steps(), *values[i], grads[i], slots_.at(0, i), slots_.at(1, i));
  }
}

}  // namespace nn
