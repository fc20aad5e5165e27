// Adamax: Adam with the running maximum of the gradient instead of its second moment.
// m <- b1 m + (1-b1) g;  u <- max(b2 u, |g| + eps);  w -= lr/(1-b1^t) m / u.
// source: Kingma & Ba 2015, algorithm 2; torch.optim.Adamax (eps inside the maximum).
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct Adamax {
  static constexpr std::string_view kName = "adamax";
  static constexpr double kLr = 2e-3, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double beta1, beta2, eps;

  explicit Adamax(core::Params& c)
      : beta1(keep_option(c, "beta1", 0.9, "Kingma & Ba 2015")),
        beta2(keep_option(c, "beta2", 0.999, "Kingma & Ba 2015")),
        eps(eps_option(c, 1e-8, "PyTorch")) {}
  std::vector<std::string> slots() const { return {"m", "u"}; }

  template <class T, class Use>
  void update(std::int64_t t, double lr, Use&& use) const {
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1.0 - beta1);
    const T b2 = static_cast<T>(beta2), floor = static_cast<T>(eps);
    const T rate = static_cast<T>(lr / (1.0 - std::pow(beta1, static_cast<double>(t))));
    use([=](T g, T& m, T& u) {
      const T kept = b2 * u, fresh = std::abs(g) + floor;
      m = b1 * m + c1 * g;
      u = kept > fresh ? kept : fresh;
      return rate * m / u;
    });
  }
};

const core::Registered<Optimizer, Elementwise<Adamax>> kRegistered{"adamax"};

}  // namespace
}  // namespace nn
