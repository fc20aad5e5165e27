// signSGD: w -= lr sign(g); with momentum (Signum) m <- b m + (1-b) g, w -= lr sign(m).
// sign(0) = 0, so an element without a gradient stays.
// source: Bernstein et al. 2018 (1802.04434), algorithms 1 and 2; SignRound uses it without
// momentum.
#include "nn/optim/elementwise.h"

namespace nn {
namespace {

struct SignSgd {
  static constexpr std::string_view kName = "signsgd";
  static constexpr double kLr = 1e-3, kDecay = 0.0;
  static constexpr bool kDecoupled = false;

  double beta;

  explicit SignSgd(core::Params& c) : beta(keep_option(c, "momentum", 0.0, "1802.04434")) {}
  std::vector<std::string> slots() const {
    return beta > 0 ? std::vector<std::string>{"m"} : std::vector<std::string>{};
  }

  template <class T, class Use>
  void update(std::int64_t, double lr, Use&& use) const {
    const T rate = static_cast<T>(lr);
    const T keep = static_cast<T>(beta), fresh = static_cast<T>(1.0 - beta);
    if (beta == 0) {
      use([=](T g) { return rate * sign_of(g); });
    } else {
      use([=](T g, T& m) {
        m = keep * m + fresh * g;
        return rate * sign_of(m);
      });
    }
  }
};

const core::Registered<Optimizer, Elementwise<SignSgd>> kRegistered{"signsgd"};

}  // namespace
}  // namespace nn
