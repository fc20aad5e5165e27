// Fused: the one-pass form of a two-state variable, made from its Curve (two_state.h).
//
// The soft weight in one pass; and the gradient of the learned tensors from that of the soft weight
// in another, the pull of the regulariser included.  Frozen steps and zero points of uniform grids
// only.
#pragma once

#include <algorithm>

#include "core/system/threads.h"
#include "quant/grid/level_table.h"
#include "quant/grid/levels.h"
#include "quant/variable/two_state_loops.h"

namespace quant {

/// The positions that stand for W/s where the grid has a level function; else empty.
inline core::Tensor bent(const QuantisedWeight& weight) {
  return weight.grid.levels ? positions(weight.w, weight.q, weight.grid) : core::Tensor();
}

template <class Curve>
class Fused final : public FusedRounding {
 public:
  explicit Fused(const Curve& curve) : curve_(curve) {}

  /// The noise that `at` asks for; empty for curves without.
  static core::Tensor noise(const QuantisedWeight& weight, const Softening& at) {
    if constexpr (Curve::kNoise) return Curve::draw(weight.w.shape(), weight.w.dtype(), at.rng);
    return core::Tensor();
  }

  core::Tensor soften(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                      const Softening& at) const override {
    core::Tensor soft = core::Tensor::empty(weight.w.shape(), weight.w.dtype());
    const core::Tensor draws = noise(weight, at);
    const Curve curve = curve_.at(at.progress);
    core::dispatch_float(Curve::kName, weight.w.dtype(), [&]<class T>(T) {
      T* out = soft.writable<T>().data();
      each_run<T>(weight, learned, draws,
                  [=](const Lines<T>& in, std::int64_t begin, std::int64_t n, RunConstants<T> c) {
                    soften_run(in.w + begin, in.v0 + begin, in.v1 + begin, in.noise + begin,
                               out + begin, n, curve, c);
                  });
    });
    return soft;
  }

  std::vector<core::Tensor> gradient(const QuantisedWeight& weight,
                                     std::span<const core::Tensor> learned, const Softening& at,
                                     const core::Tensor& d_soft, const Pull& pull) const override {
    std::vector<core::Tensor> grads;
    for (const core::Tensor& v : learned)
      grads.push_back(core::Tensor::empty(v.shape(), v.dtype()));
    const core::Tensor draws = noise(weight, at);
    const Curve curve = curve_.at(at.progress);
    const bool power = pull.shape == Pull::Shape::power;
    core::dispatch_float(Curve::kName, weight.w.dtype(), [&]<class T>(T) {
      const T* g = d_soft.data<T>().data();
      T *d0 = grads.front().template writable<T>().data(),
        *d1 = grads.back().template writable<T>().data();
      const auto loop = pull.lambda == 0 ? gradient_run<Curve, PullKind::none, T>
                        : power          ? gradient_run<Curve, PullKind::power, T>
                                         : gradient_run<Curve, PullKind::entropy, T>;
      const T factor = static_cast<T>(power ? -2.0 * pull.lambda * pull.beta : -pull.lambda);
      const T exponent = static_cast<T>(pull.beta - 1.0);
      each_run<T>(weight, learned, draws,
                  [=](const Lines<T>& in, std::int64_t begin, std::int64_t n, RunConstants<T> c) {
                    c.factor = factor;
                    c.exponent = exponent;
                    loop(in.w + begin, in.v0 + begin, in.v1 + begin, in.noise + begin, g + begin,
                         d0 + begin, d1 + begin, n, curve, c);
                  });
    });
    return grads;
  }

 private:
  /// Where the loops read; what a curve does not use points at the weights.
  template <class T>
  struct Lines {
    const T *w, *v0, *v1, *noise;
  };

  /// fn(lines, begin, n, constants) for pieces of one step, in parallel.
  template <class T, class Fn>
  static void each_run(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                       const core::Tensor& draws, Fn&& fn) {
    const auto scale = weight.q.scale.data<T>(), zero = weight.q.zero.data<T>();
    const std::int64_t n = weight.w.numel(), run = n / weight.q.scale.numel();
    const T lo = T(weight.grid.qmin()), hi = T(weight.grid.qmax());
    const T* w = weight.w.data<T>().data();
    const Lines<T> lines{w, learned.front().template data<T>().data(),
                         learned.back().template data<T>().data(),
                         Curve::kNoise ? draws.data<T>().data() : w};
    core::parallel_for(n, 1 << 10, [&](std::int64_t begin, std::int64_t end) {
      while (begin < end) {
        const std::int64_t entry = begin / run, stop = std::min(end, (entry + 1) * run);
        fn(lines, begin, stop - begin,
           RunConstants<T>{scale[entry], zero[entry], lo, hi, T(0), T(1)});
        begin = stop;
      }
    });
  }

  Curve curve_;
};

}  // namespace quant
