// RMSprop: v <- alpha v + (1-alpha) g^2;  w -= lr g / (sqrt(v) + eps).
// source: Hinton, lecture 6e of "Neural networks for machine learning", 2012; torch.optim.RMSprop
// (neither centred nor with momentum).
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct RmsProp {
  static constexpr std::string_view kName = "rmsprop";
  static constexpr double kLr = 1e-2, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double alpha, eps;

  explicit RmsProp(core::Params& c)
      : alpha(keep_option(c, "alpha", 0.99, "PyTorch")), eps(eps_option(c, 1e-8, "PyTorch")) {}
  std::vector<std::string> slots() const { return {"v"}; }

  template <class T, class Use>
  void update(std::int64_t, double lr, Use&& use) const {
    const T keep = static_cast<T>(alpha), fresh = static_cast<T>(1.0 - alpha);
    const T rate = static_cast<T>(lr), floor = static_cast<T>(eps);
    use([=](T g, T& v) {
      v = keep * v + fresh * g * g;
      return rate * g / (std::sqrt(v) + floor);
    });
  }
};

const core::Registered<Optimizer, Elementwise<RmsProp>> kRegistered{"rmsprop"};

}  // namespace
}  // namespace nn
