// Gumbel-softmax over {down, up}: h = sigmoid((u - d + g) / T), g the difference of two Gumbel
// draws (logistic: ln(x / (1 - x)) of a uniform x), new for every weight and step from the counter
// generator; T falls from 1 to 0.05.  dh/du = h (1 - h) / T = -dh/dd at the drawn noise.
// start: d = ln(1 - r), u = ln r with r = frac(W/s) kept in [0.01, 0.99], so that "up" is drawn
// with probability r; without noise and at T = 1 the soft weight is at most 0.01 s off the float
// weight. Hard codes, without noise: u >= d.  usable lr: Adam 1e-3 to 1e-2. source: Jang et al.
// 2017, Maddison et al. 2017.
#include "core/kernels/map.h"
#include "quant/variable/temperature.h"
#include "quant/variable/two_state.h"

namespace quant {
namespace {

struct Gumbel : Cooling<Gumbel> {
  static constexpr std::string_view kName = "gumbel";
  static constexpr int kTensors = 2;
  static constexpr bool kNoise = true, kHasH = true;

  explicit Gumbel(core::Params& params) : Cooling(params, 1.0, 0.05) {}

  /// Logistic draws; zeros without a generator.
  static core::Tensor draw(const core::Shape& shape, core::DType dtype,
                           std::optional<core::Rng> rng) {
    if (!rng) return core::Tensor::zeros(shape, dtype);
    // 24 bits of a uniform draw: the ends are kept off 0 and 1 by as much
    const core::Tensor x = rng->uniform(shape, 6e-8, 1.0 - 6e-8, dtype);
    return core::sub(core::log(x), core::log(core::affine(x, -1.0, 1.0)));
  }

  template <class T>
  T value(const Spot<T, 2>& spot) const {
    return core::math::sigmoid((spot.v[1] - spot.v[0] + spot.noise) * T(slope));
  }
  template <class T>
  std::array<T, 2> pullback(const Spot<T, 2>& spot, T dh) const {
    const T h = value(spot), d = dh * h * (T(1) - h) * T(slope);
    return {-d, d};
  }
  template <class T>
  bool up(const Spot<T, 2>& spot) const {
    return spot.v[1] >= spot.v[0];
  }
  std::array<double, 2> start(double h, double) const {
    const double r = inner_fraction(h);
    return {std::log1p(-r), std::log(r)};
  }
};

const core::Registered<RoundingVariable, TwoState<Gumbel>> kRegistered{"gumbel"};

}  // namespace
}  // namespace quant
