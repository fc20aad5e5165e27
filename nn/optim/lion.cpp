// Lion: w -= lr (sign(b1 m + (1-b1) g) + lambda w);  m <- b2 m + (1-b2) g.  sign(0) = 0.
// source: Chen et al. 2023 (2302.06675), algorithm 2; the decay is decoupled.
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct Lion {
  static constexpr std::string_view kName = "lion";
  static constexpr double kLr = 1e-4, kDecay = 0.0;
  static constexpr bool kDecoupled = true;

  double beta1, beta2;

  explicit Lion(core::Params& c)
      : beta1(keep_option(c, "beta1", 0.9, "2302.06675")),
        beta2(keep_option(c, "beta2", 0.99, "2302.06675")) {}
  std::vector<std::string> slots() const { return {"m"}; }

  template <class T, class Use>
  void update(std::int64_t, double lr, Use&& use) const {
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1.0 - beta1);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1.0 - beta2);
    const T rate = static_cast<T>(lr);
    use([=](T g, T& m) {
      const T direction = sign_of(b1 * m + c1 * g);
      m = b2 * m + c2 * g;
      return rate * direction;
    });
  }
};

const core::Registered<Optimizer, Elementwise<Lion>> kRegistered{"lion"};

}  // namespace
}  // namespace nn
