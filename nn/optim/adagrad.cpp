// Adagrad: v <- v + g^2;  w -= lr g / (sqrt(v) + eps).
// source: Duchi, Hazan & Singer 2011; torch.optim.Adagrad (no decay of the rate, v starts at 0).
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct Adagrad {
  static constexpr std::string_view kName = "adagrad";
  static constexpr double kLr = 1e-2, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double eps;

  explicit Adagrad(core::Params& c) : eps(eps_option(c, 1e-10, "PyTorch")) {}
  std::vector<std::string> slots() const { return {"v"}; }

  template <class T, class Use>
  void update(std::int64_t, double lr, Use&& use) const {
    const T rate = static_cast<T>(lr), floor = static_cast<T>(eps);
    use([=](T g, T& v) {
      v += g * g;
      return rate * g / (std::sqrt(v) + floor);
    });
  }
};

const core::Registered<Optimizer, Elementwise<Adagrad>> kRegistered{"adagrad"};

}  // namespace
}  // namespace nn
