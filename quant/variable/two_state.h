// TwoState: the family of variables that choose between the two codes around a weight.
//
// W_hat = s (clip(floor(W/s) + h + z, qmin, qmax) - z) with h in [0, 1], or as far between the two
// levels around W's position where the grid has a level function.  A file of the family is one
// Curve: h of its learned tensors, the gradient of those, a start value, and the hard decision. The
// floor is that of the frozen step, so a learned step never makes a code jump.  Definition and
// one-pass form are both made here from the curve.  A Curve has:
//
//   kName, kTensors (1 or 2 learned tensors), kNoise (reads spot.noise), kHasH (regularisable)
//   Curve(core::Params&)
//   at(progress)        the curve at this point of the annealing
//   value(spot)         h
//   pullback(spot, dh)  dh -> gradients of the learned tensors
//   up(spot)            the hard decision, without noise
//   start(h, rest)      learned values with value = h where possible; rest = frac(W/s)
//   draw(shape, dtype, rng)   only with kNoise: the noise of a step, zeros without generator
#pragma once

#include "quant/variable/on_grid.h"
#include "quant/variable/two_state_fused.h"

namespace quant {

/// A fraction kept off 0 and 1, for curves that are infinite there.
inline double inner_fraction(double r) { return std::clamp(r, 0.01, 0.99); }
/// The V with sigmoid(V) = r.
inline double logit(double r) { return std::log(r / (1.0 - r)); }

template <class Curve>
class TwoState final : public RoundingVariable {
 public:
  explicit TwoState(core::Params& params) : curve_(params), one_pass_(curve_) {}

  const FusedRounding* fused() const override { return &one_pass_; }
  bool has_h() const override { return Curve::kHasH; }

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    return map<K>(weight, bent(weight), {}, {}, {},
                  [&]<class T>(T t, T floor, const Spot<T, K>& at, T) {
                    const bool up = std::nearbyint(t) > floor;  // of round to nearest
                    Spot<T, K> spot = start(at.rest, at.rest);
                    if (curve_.up(spot) != up)  // a tie: just beside one half
                      spot = start(T(0.5) + (up ? kBesideHalf<T> : -kBesideHalf<T>), at.rest);
                    std::array<T, K> values;
                    std::copy(spot.v, spot.v + K, values.begin());
                    return values;
                  });
  }

  Softened soften(const QuantisedWeight& weight, std::span<const autograd::Variable> learned,
                  const Softening& at) const override {
    const core::Tensor spots = bent(weight);
    const autograd::Variable h = relaxed(weight, spots, learned, at);
    const core::Tensor floors =
        map<1>(weight, spots, {}, {}, {},
               []<class T>(T, T floor, const Spot<T, K>&, T) { return std::array{floor}; })[0];
    autograd::Variable soft = between_codes(floors, h, weight, at);
    if constexpr (Curve::kHasH) return {std::move(soft), h};
    return {std::move(soft), std::nullopt};
  }

  using RoundingVariable::harden;
  core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                      const QParams& grid) const override {
    const core::Tensor position = map<1>(
        weight, bent(weight), learned, {}, {}, [&]<class T>(T, T floor, const Spot<T, K>& spot, T) {
          return std::array{floor + (curve_.up(spot) ? T(1) : T(0))};
        })[0];
    return codes_at(position, weight.grid, grid);
  }

 private:
  static constexpr int K = Curve::kTensors;
  template <class T>
  static constexpr T kBesideHalf = T(1e-6);

  template <class T>
  Spot<T, K> start(T h, T rest) const {
    const std::array<double, K> values =
        curve_.start(static_cast<double>(h), static_cast<double>(rest));
    Spot<T, K> spot{{}, rest, T(0)};
    std::copy(values.begin(), values.end(), spot.v);
    return spot;
  }

  /// N tensors from fn(W/s, floor, spot, x) -> N values at every weight, W/s read from `spots` or
  /// divided.  `learned`, `noise` and `x` may be empty and then read as 0.
  template <int N, class Fn>
  static std::vector<core::Tensor> map(const QuantisedWeight& weight, const core::Tensor& spots,
                                       std::span<const core::Tensor> learned,
                                       const core::Tensor& noise, const core::Tensor& x, Fn&& fn) {
    core::require(Curve::kName, learned.empty() || learned.size() == K,
                  "needs {} learned tensors; got {}", K, learned.size());
    std::vector<core::Tensor> out;
    for (int k = 0; k < N; ++k)
      out.push_back(core::Tensor::empty(weight.w.shape(), weight.w.dtype()));
    core::dispatch_float(Curve::kName, weight.w.dtype(), [&]<class T>(T) {
      const auto read = [](const core::Tensor& t) {
        return t.numel() > 0 ? t.data<T>().data() : nullptr;
      };
      std::array<const T*, K> v{};
      std::array<T*, N> to{};
      for (std::size_t k = 0; k < learned.size(); ++k) v[k] = read(learned[k]);
      for (std::size_t k = 0; k < N; ++k) to[k] = out[k].template writable<T>().data();
      const T *g = read(noise), *other = read(x), *w = read(weight.w), *s = read(weight.q.scale);
      const T* position = read(spots);
      const std::int64_t n = weight.w.numel(), run = n / weight.q.scale.numel();
      core::parallel_for(n, 1 << 13, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const T t = position ? position[i] : w[i] / s[i / run], floor = std::floor(t);
          Spot<T, K> spot{{}, t - floor, g ? g[i] : T(0)};
          for (std::size_t k = 0; k < K; ++k) spot.v[k] = v[k] ? v[k][i] : T(0);
          const std::array<T, N> values = fn(t, floor, spot, other ? other[i] : T(0));
          for (std::size_t k = 0; k < N; ++k) to[k][i] = values[k];
        }
      });
    });
    return out;
  }

  /// h as an op over the learned tensors.
  autograd::Variable relaxed(const QuantisedWeight& weight, const core::Tensor& spots,
                             std::span<const autograd::Variable> learned,
                             const Softening& at) const {
    std::vector<core::Tensor> values;
    for (const autograd::Variable& v : learned) values.push_back(v.value());
    const Curve curve = curve_.at(at.progress);
    const core::Tensor noise = Fused<Curve>::noise(weight, at);
    core::Tensor h = map<1>(
        weight, spots, values, noise, {},
        [&]<class T>(T, T, const Spot<T, K>& spot, T) { return std::array{curve.value(spot)}; })[0];
    return autograd::record(Curve::kName, std::move(h), {learned.begin(), learned.end()},
                            [=](const core::Tensor& dy, autograd::GradSlots& dx) {
                              const auto grads =
                                  map<K>(weight, spots, values, noise, dy,
                                         [&]<class T>(T, T, const Spot<T, K>& spot, T dh) {
                                           return curve.pullback(spot, dh);
                                         });
                              for (int k = 0; k < K; ++k)
                                dx.add(k, grads[static_cast<std::size_t>(k)]);
                            });
  }

  Curve curve_;
  Fused<Curve> one_pass_;
};

}  // namespace quant
