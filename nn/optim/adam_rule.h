// AdamRule: the update that Adam and AdamW share.
//
// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;
// w -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps).
// Coupled decay (Adam) adds lambda w to g first; decoupled decay (AdamW) multiplies w by
// 1 - lr lambda first.
// source: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2; torch.optim 1.13.
#pragma once

#include "nn/optim/elementwise.h"

namespace nn {

struct AdamRule {
  static constexpr double kLr = 1e-3;

  double beta1, beta2, eps;

  explicit AdamRule(core::Params& c)
      : beta1(keep_option(c, "beta1", 0.9, "Kingma & Ba 2015")),
        beta2(keep_option(c, "beta2", 0.999, "Kingma & Ba 2015")),
        eps(eps_option(c, 1e-8, "Kingma & Ba 2015")) {}
  std::vector<std::string> slots() const { return {"m", "v"}; }

  template <class T, class Use>
  void update(std::int64_t step, double lr, Use&& use) const {
    const double t = static_cast<double>(step);
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1.0 - beta1);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1.0 - beta2);
    const T rate = static_cast<T>(lr / (1.0 - std::pow(beta1, t)));
    const T root = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(beta2, t)));
    const T floor = static_cast<T>(eps);
    use([=](T g, T& m, T& v) {
      m = b1 * m + c1 * g;
      v = b2 * v + c2 * g * g;
      return rate * m / (std::sqrt(v) * root + floor);
    });
  }
};

}  // namespace nn
