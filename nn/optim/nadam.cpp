// NAdam: Adam with Nesterov's look-ahead and a momentum that grows to beta1.
// mu_t = b1 (1 - 0.96^(t psi) / 2), P_t = mu_1 .. mu_t;  m, v as in Adam;
// w -= lr (mu_{t+1} m / (1 - P_{t+1}) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v / (1-b2^t)) + eps).
// source: Dozat 2016; torch.optim.NAdam as documented.  The plain loop of PyTorch 1.13 multiplies
// P_{t+1} by mu_t once too often (mended in pytorch/pytorch#92699); its foreach form is right.
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct Nadam {
  static constexpr std::string_view kName = "nadam";
  static constexpr double kLr = 2e-3, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double beta1, beta2, eps, psi;
  // P_t of the latest step that was asked for: a memo, made again from t = 1 after a restart
  std::int64_t known = 0;
  double product = 1.0;

  explicit Nadam(core::Params& c)
      : beta1(keep_option(c, "beta1", 0.9, "Dozat 2016")),
        beta2(keep_option(c, "beta2", 0.999, "Dozat 2016")),
        eps(eps_option(c, 1e-8, "PyTorch")),
        psi(c.get<double>("momentum_decay", 4e-3,
                          core::Key{.doc = "psi: how fast the momentum grows to beta1",
                                    .source = "Dozat 2016",
                                    .min = 0.0})) {}
  std::vector<std::string> slots() const { return {"m", "v"}; }

  double mu(std::int64_t t) const {
    return beta1 * (1.0 - 0.5 * std::pow(0.96, static_cast<double>(t) * psi));
  }
  double product_to(std::int64_t t) {
    if (t < known) {
      known = 0;
      product = 1.0;
    }
    while (known < t) product *= mu(++known);
    return product;
  }

  template <class T, class Use>
  void update(std::int64_t t, double lr, Use&& use) {
    const double p = product_to(t);
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1.0 - beta1);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1.0 - beta2);
    const T ahead = static_cast<T>(lr * mu(t + 1) / (1.0 - p * mu(t + 1)));
    const T now = static_cast<T>(lr * (1.0 - mu(t)) / (1.0 - p));
    const T root = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(beta2, static_cast<double>(t))));
    const T floor = static_cast<T>(eps);
    use([=](T g, T& m, T& v) {
      m = b1 * m + c1 * g;
      v = b2 * v + c2 * g * g;
      return (ahead * m + now * g) / (std::sqrt(v) * root + floor);
    });
  }
};

const core::Registered<Optimizer, Elementwise<Nadam>> kRegistered{"nadam"};

}  // namespace
}  // namespace nn
