// RAdam: Adam that starts as momentum and turns on the second moment once its variance is known.
// rho_inf = 2/(1-b2) - 1, rho = rho_inf - 2 t b2^t / (1-b2^t);
// rho > 5: w -= lr r m^ sqrt(1-b2^t) / (sqrt(v) + eps),
//   r = sqrt((rho-4)(rho-2) rho_inf / ((rho_inf-4)(rho_inf-2) rho));  else w -= lr m^.
// source: Liu et al. 2020 (1908.03265), algorithm 2; torch.optim.RAdam (threshold 5).
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct Radam {
  static constexpr std::string_view kName = "radam";
  static constexpr double kLr = 1e-3, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double beta1, beta2, eps;

  explicit Radam(core::Params& c)
      : beta1(keep_option(c, "beta1", 0.9, "1908.03265")),
        beta2(keep_option(c, "beta2", 0.999, "1908.03265")),
        eps(eps_option(c, 1e-8, "PyTorch")) {}
  std::vector<std::string> slots() const { return {"m", "v"}; }

  template <class T, class Use>
  void update(std::int64_t t, double lr, Use&& use) const {
    const double n = static_cast<double>(t), left = 1.0 - std::pow(beta2, n);
    const double longest = 2.0 / (1.0 - beta2) - 1.0;
    const double rho = longest - 2.0 * n * std::pow(beta2, n) / left;
    const double corrected = lr / (1.0 - std::pow(beta1, n));
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1.0 - beta1);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1.0 - beta2);
    const T floor = static_cast<T>(eps);
    if (rho > 5.0) {
      const double r = std::sqrt((rho - 4.0) * (rho - 2.0) * longest /
                                 ((longest - 4.0) * (longest - 2.0) * rho));
      const T rate = static_cast<T>(corrected * r * std::sqrt(left));
      use([=](T g, T& m, T& v) {
        m = b1 * m + c1 * g;
        v = b2 * v + c2 * g * g;
        return rate * m / (std::sqrt(v) + floor);
      });
    } else {
      const T rate = static_cast<T>(corrected);
      use([=](T g, T& m, T& v) {
        m = b1 * m + c1 * g;
        v = b2 * v + c2 * g * g;
        return rate * m;
      });
    }
  }
};

const core::Registered<Optimizer, Elementwise<Radam>> kRegistered{"radam"};

}  // namespace
}  // namespace nn
