// SgdRule: gradient descent with momentum, shared by sgd, momentum and nesterov, which are one
// update under three names.
//
// m <- mu m + g, w -= lr m; Nesterov's form w -= lr (g + mu m).  The first m is the first gradient.
// Weight decay adds lambda w to g.
// source: torch.optim.SGD (PyTorch 1.13, dampening 0).
#pragma once

#include "nn/optim/elementwise.h"

namespace nn {

struct SgdRule {
  static constexpr double kLr = 0.1, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double mu = 0.0;
  bool look_ahead = false;

  static double mu_option(core::Params& c, double fallback) {
    return c.get<double>("momentum", fallback,
                         core::Key{.doc = "mu", .source = "PyTorch", .min = 0.0, .max = 1.0});
  }

  std::vector<std::string> slots() const {
    return mu > 0 ? std::vector<std::string>{"m"} : std::vector<std::string>{};
  }

  template <class T, class Use>
  void update(std::int64_t, double lr, Use&& use) const {
    const T rate = static_cast<T>(lr), keep = static_cast<T>(mu);
    if (mu == 0) {
      use([=](T g) { return rate * g; });
    } else if (look_ahead) {
      use([=](T g, T& m) {
        m = keep * m + g;
        return rate * (g + keep * m);
      });
    } else {
      use([=](T g, T& m) {
        m = keep * m + g;
        return rate * m;
      });
    }
  }
};

}  // namespace nn
