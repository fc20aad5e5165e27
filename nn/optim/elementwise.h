// Elementwise: the shell of an optimizer whose update of an element needs nothing but that element,
// its gradient and up to two values of state.
//
// A Rule brings what is special: kName, kLr (the default rate), kDecay (default weight decay),
// kDecoupled (w *= 1 - lr lambda instead of g += lambda w), slots() (names of its state) and
//   template <class T, class Use> void update(std::int64_t t, double lr, Use&& use)
// which computes the constants of step t (from 1) once and calls use(fn), where fn(g), fn(g, a) or
// fn(g, a, b) updates the state of one element and returns what is taken from its value.  The shell
// makes one vectorised, threaded pass over each tensor.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "core/system/threads.h"
#include "nn/optim/parameter_update.h"

namespace nn {

/// 1, -1, or 0 at 0 (and for NaN).
template <class T>
T sign_of(T x) {
  return static_cast<T>(x > T(0) ? 1 : 0) - static_cast<T>(x < T(0) ? 1 : 0);
}

template <class Rule>
class Elementwise final : public Optimizer {
 public:
  explicit Elementwise(core::Params& c)
      : lr_(lr_option(c, Rule::kLr)), decay_(c, Rule::kDecay), rule_(c), slots_(rule_.slots()) {}

  void step(std::span<core::Tensor* const> values, std::span<const core::Tensor> grads,
            double lr) override {
    slots_.begin_step(Rule::kName, values, grads);
    for (std::size_t i = 0; i < values.size(); ++i) {
      core::dispatch_float(Rule::kName, values[i]->dtype(), [&](auto zero) {
        using T = decltype(zero);
        rule_.template update<T>(slots_.steps(), lr, [&](auto fn) {
          sweep<T>(*values[i], grads[i], i, lr * decay_.of(*values[i]), decay_.of(*values[i]), fn);
        });
      });
    }
  }
  std::map<std::string, core::Tensor> state() const override { return slots_.state(); }
  void load_state(const std::map<std::string, core::Tensor>& state) override { slots_.load(state); }
  double base_lr() const override { return lr_; }

 private:
  static constexpr std::int64_t kGrain = 1 << 13;

  template <class T>
  T* slot(std::size_t s, std::size_t tensor) {
    return slots_.at(s, tensor).template writable<T>().data();
  }

  template <class T, class Fn>
  void sweep(core::Tensor& value, const core::Tensor& grad, std::size_t tensor, double shrink,
             double lambda, const Fn& fn) {
    constexpr bool kTwo = std::is_invocable_v<Fn, T, T&, T&>;
    constexpr bool kOne = std::is_invocable_v<Fn, T, T&>;
    T* w = value.writable<T>().data();
    const T* g = grad.data<T>().data();
    T *a = nullptr, *b = nullptr;
    if constexpr (kOne || kTwo) a = slot<T>(0, tensor);
    if constexpr (kTwo) b = slot<T>(1, tensor);
    const T keep = static_cast<T>(1.0 - shrink);
    const T coupled = Rule::kDecoupled ? T(0) : static_cast<T>(lambda);
    core::parallel_for(value.numel(), kGrain, [=](std::int64_t begin, std::int64_t end) {
      const std::int64_t n = end - begin;
      if constexpr (kTwo)
        run(w + begin, g + begin, a + begin, b + begin, n, keep, coupled, fn);
      else if constexpr (kOne)
        run(w + begin, g + begin, a + begin, n, keep, coupled, fn);
      else
        run(w + begin, g + begin, n, keep, coupled, fn);
    });
  }

  // Out of line and over restrict pointers: inlined into the loop over threads they stay scalar.
  template <class T, class Fn>
  [[gnu::noinline]] static void run(T* __restrict w, const T* __restrict g, std::int64_t n, T keep,
                                    T coupled, Fn fn) {
    for (std::int64_t i = 0; i < n; ++i) w[i] = moved(w[i], fn(g[i] + coupled * w[i]), keep);
  }
  template <class T, class Fn>
  [[gnu::noinline]] static void run(T* __restrict w, const T* __restrict g, T* __restrict a,
                                    std::int64_t n, T keep, T coupled, Fn fn) {
    for (std::int64_t i = 0; i < n; ++i) {
      T state = a[i];
      w[i] = moved(w[i], fn(g[i] + coupled * w[i], state), keep);
      a[i] = normal(state);
    }
  }
  template <class T, class Fn>
  [[gnu::noinline]] static void run(T* __restrict w, const T* __restrict g, T* __restrict a,
                                    T* __restrict b, std::int64_t n, T keep, T coupled, Fn fn) {
    for (std::int64_t i = 0; i < n; ++i) {
      T first = a[i], second = b[i];
      w[i] = moved(w[i], fn(g[i] + coupled * w[i], first, second), keep);
      a[i] = normal(first);
      b[i] = normal(second);
    }
  }

  template <class T>
  static T moved(T w, T move, [[maybe_unused]] T keep) {
    if constexpr (Rule::kDecoupled) return keep * w - move;
    return w - move;
  }
  /// 0 instead of a subnormal number.  A running mean of gradients that ended would end at one and
  /// stay there (0.9 times the least of them rounds back to it), and make every step slow.
  template <class T>
  static T normal(T x) {
    return std::abs(x) < std::numeric_limits<T>::min() ? T(0) : x;
  }

  double lr_;
  WeightDecay decay_;
  Rule rule_;
  Slots slots_;
};

}  // namespace nn
