// Element-wise losses: loss = scale * sum of f(prediction - target), one pass forward, one
// backward.
//
// A loss gives f as a small struct with `value` and `slope`, templates over float and double
// without branches, so that both loops become vector code.  With a weight tensor both get the
// weight of the element as second argument.  Terms are computed in the type of the inputs (f32
// for bf16) and summed in double, in blocks whose number does not depend on the threads.  The
// backward computes the slope anew: that reads as much as a stored slope would and keeps nothing.
#pragma once

#include <algorithm>
#include <vector>

#include "core/element.h"
#include "core/kernels/loops/lanes.h"
#include "core/system/threads.h"
#include "quant/loss/loss.h"

namespace quant {
namespace detail {

inline constexpr std::int64_t kLossBlock = 1 << 13;  // elements behind one partial sum
inline constexpr std::int64_t kLossChunk = 512;      // terms held on the stack

template <class Fn>
constexpr bool kWeighted = requires(const Fn& f, float v) {
  f.value(v, v);
};

template <class E, class Fn>
[[gnu::noinline]] void loss_values(const E* __restrict x, const E* __restrict y,
                                   const E* __restrict w, core::Arithmetic<E>* __restrict out,
                                   std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto d = core::load(x[i]) - core::load(y[i]);
    if constexpr (kWeighted<Fn>)
      out[i] = fn.value(d, core::load(w[i]));
    else
      out[i] = fn.value(d);
  }
}

template <class E, class Fn>
[[gnu::noinline]] void loss_slopes(const E* __restrict x, const E* __restrict y,
                                   const E* __restrict w, E* __restrict dx, std::int64_t n,
                                   core::Arithmetic<E> factor, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto d = core::load(x[i]) - core::load(y[i]);
    if constexpr (kWeighted<Fn>)
      dx[i] = core::store<E>(factor * fn.slope(d, core::load(w[i])));
    else
      dx[i] = core::store<E>(factor * fn.slope(d));
  }
}

/// Sum of part(begin, count) over blocks of [0, n), added in order.
template <class Part>
double sum_blocks(std::int64_t n, Part part) {
  const std::int64_t blocks = (n + kLossBlock - 1) / kLossBlock;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  core::parallel_for(blocks, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const std::int64_t first = b * kLossBlock;
      sums[static_cast<std::size_t>(b)] = part(first, std::min(kLossBlock, n - first));
    }
  });
  double total = 0;
  for (const double s : sums) total += s;
  return total;
}

}  // namespace detail

/// Sum over x of term(x_i) in double; `term` is a generic lambda over double and vectors of them.
template <class Term>
double sum_of(std::string_view op, const core::Tensor& x, Term term) {
  return core::dispatch_element(op, x.dtype(), [&](auto tag) {
    const auto* values = x.data<decltype(tag)>().data();
    return detail::sum_blocks(x.numel(), [&](std::int64_t first, std::int64_t count) {
      return core::lane_sum(count, [&](auto at) { return term(at(values + first)); });
    });
  });
}
inline constexpr auto kSquare = [](auto v) { return v * v; };
inline constexpr auto kMagnitude = [](auto v) { return v < 0 ? -v : v; };

/// f(d) = d^2, shared by several losses.
struct SquaredError {
  template <class T>
  T value(T d) const {
    return d * d;
  }
  template <class T>
  T slope(T d) const {
    return T(2) * d;
  }
};

/// scale * sum f(prediction - target [, weight]); the inputs have passed loss_rows.
/// shapes: weight as the target, used when `fn` takes two arguments.
template <class Fn>
autograd::Variable elementwise(std::string_view op, const LossInputs& in, double scale, Fn fn,
                               const core::Tensor& weight = {}) {
  const core::Tensor &x = in.prediction.value(), &y = in.target;
  const core::Tensor& w = detail::kWeighted<Fn> ? weight : y;
  const double sum = core::dispatch_element(op, x.dtype(), [&](auto tag) {
    using E = decltype(tag);
    using T = core::Arithmetic<E>;
    const E *xs = x.data<E>().data(), *ys = y.data<E>().data(), *ws = w.data<E>().data();
    return detail::sum_blocks(x.numel(), [&](std::int64_t first, std::int64_t count) {
      T terms[detail::kLossChunk];
      double total = 0;
      for (std::int64_t i = first; i < first + count; i += detail::kLossChunk) {
        const std::int64_t n = std::min(detail::kLossChunk, first + count - i);
        detail::loss_values(xs + i, ys + i, ws + i, terms, n, fn);
        total += core::lane_sum(n, [&](auto at) { return at(terms); });
      }
      return total;
    });
  });
  return autograd::record(
      op, core::Tensor::scalar(scale * sum, core::arithmetic_type(x.dtype())), {in.prediction},
      [op, x, y, w, scale, fn](const core::Tensor& dy, autograd::GradSlots& slots) {
        if (!slots.wants(0)) return;
        core::Tensor dx = core::Tensor::empty(x.shape(), x.dtype());
        core::dispatch_element(op, x.dtype(), [&](auto tag) {
          using E = decltype(tag);
          const E *xs = x.data<E>().data(), *ys = y.data<E>().data(), *ws = w.data<E>().data();
          E* out = dx.writable<E>().data();
          const auto factor = static_cast<core::Arithmetic<E>>(scale * dy.item());
          core::parallel_for(x.numel(), 4 * detail::kLossBlock, [&](auto begin, auto end) {
            detail::loss_slopes(xs + begin, ys + begin, ws + begin, out + begin, end - begin,
                                factor, fn);
          });
        });
        slots.add(0, std::move(dx));
      });
}

}  // namespace quant
