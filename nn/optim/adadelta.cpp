// Adadelta: v <- rho v + (1-rho) g^2;  d = sqrt(u + eps) / sqrt(v + eps) g;
// u <- rho u + (1-rho) d^2;  w -= lr d.
// source: Zeiler 2012 (1212.5701), algorithm 1; torch.optim.Adadelta.
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct Adadelta {
  static constexpr std::string_view kName = "adadelta";
  static constexpr double kLr = 1.0, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double rho, eps;

  explicit Adadelta(core::Params& c)
      : rho(keep_option(c, "rho", 0.9, "PyTorch")), eps(eps_option(c, 1e-6, "1212.5701")) {}
  std::vector<std::string> slots() const { return {"v", "u"}; }

  template <class T, class Use>
  void update(std::int64_t, double lr, Use&& use) const {
    const T keep = static_cast<T>(rho), fresh = static_cast<T>(1.0 - rho);
    const T rate = static_cast<T>(lr), floor = static_cast<T>(eps);
    use([=](T g, T& v, T& u) {
      v = keep * v + fresh * g * g;
      const T d = std::sqrt(u + floor) / std::sqrt(v + floor) * g;
      u = keep * u + fresh * d * d;
      return rate * d;
    });
  }
};

const core::Registered<Optimizer, Elementwise<Adadelta>> kRegistered{"adadelta"};

}  // namespace
}  // namespace nn
