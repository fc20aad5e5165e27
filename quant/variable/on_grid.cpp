#include "quant/variable/on_grid.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/add.h"
#include "autograd/ops/div.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/reshape.h"
#include "core/kernels/map.h"
#include "core/system/threads.h"
#include "quant/grid/level_table.h"
#include "quant/grid/levels.h"
#include "quant/variable/on_levels.h"

namespace quant {

using autograd::GradSlots;
using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kBlock =
    1 << 13;  // one partial sum, so that results do not depend on threads

template <class T>
struct Ends {
  T scale, zero, lo, hi;
};

template <class T>
inline T rounded(T u, bool nearest) {
  return nearest ? std::nearbyint(u) : u;
}

// Out of line and over restrict pointers: inside a parallel region g++ leaves these loops scalar.
template <class T, bool nearest>
[[gnu::noinline]] void place(const T* __restrict u, T* __restrict out, std::int64_t n, Ends<T> e) {
  for (std::int64_t i = 0; i < n; ++i) {
    T code = rounded(u[i], nearest) + e.zero;
    code = code < e.lo ? e.lo : code;
    code = code > e.hi ? e.hi : code;
    out[i] = e.scale * (code - e.zero);
  }
}
template <class T, bool nearest>
[[gnu::noinline]] void place_backward(const T* __restrict u, const T* __restrict dy,
                                      T* __restrict du, std::int64_t n, Ends<T> e) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T code = rounded(u[i], nearest) + e.zero, inside = e.scale * dy[i];
    du[i] = code >= e.lo && code <= e.hi ? inside : T(0);
  }
}

struct Sums {
  double scale = 0, zero = 0;
};
template <class T>
Sums place_sums(const T* u, const T* dy, std::int64_t n, Ends<T> e, bool nearest) {
  Sums sums;
  for (std::int64_t i = 0; i < n; ++i) {
    const T code = rounded(u[i], nearest) + e.zero, clipped = std::clamp(code, e.lo, e.hi);
    sums.scale += static_cast<double>(dy[i]) * static_cast<double>(clipped - e.zero);
    if (code != clipped) sums.zero -= static_cast<double>(e.scale) * static_cast<double>(dy[i]);
  }
  return sums;
}

/// What on_grid knows of its surroundings; the tensors of the graph are kept by value.
struct Place {
  Grid grid;
  Tensor scale, zero;
  bool nearest;

  /// fn(begin, end, ends, block) over blocks within one entry; blocks of an entry are consecutive.
  template <class T, class Fn>
  void blocks(std::int64_t n, Fn&& fn) const {
    const std::int64_t entries = scale.numel(), run = n / entries, per = blocks_per_entry(n);
    const auto s = scale.data<T>(), z = zero.data<T>();
    const std::int64_t grain = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, run));
    core::parallel_for(entries * per, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        const std::int64_t entry = b / per, begin = entry * run + b % per * kBlock;
        fn(begin, std::min(begin + kBlock, (entry + 1) * run),
           Ends<T>{s[entry], z[entry], T(grid.qmin()), T(grid.qmax())}, b);
      }
    });
  }
  std::int64_t blocks_per_entry(std::int64_t n) const {
    return (n / scale.numel() + kBlock - 1) / kBlock;
  }
};

/// Sums of the blocks of each entry, in the shape of the entries.
Tensor join(const std::vector<Sums>& partial, double Sums::*which, const Tensor& like) {
  const std::size_t per = partial.size() / static_cast<std::size_t>(like.numel());
  std::vector<double> total(static_cast<std::size_t>(like.numel()), 0.0);
  for (std::size_t b = 0; b < partial.size(); ++b) total[b / per] += partial[b].*which;
  return Tensor::of<double>(like.shape(), total).to(like.dtype());
}

void on_grid_backward(const Place& p, const Tensor& u, const Tensor& dy, GradSlots& dx) {
  core::dispatch_float("on_grid", u.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T *in = u.data<T>().data(), *g = dy.data<T>().data();
    if (dx.wants(0)) {
      Tensor du = Tensor::empty(u.shape(), u.dtype());
      T* out = du.writable<T>().data();
      p.blocks<T>(u.numel(), [&](std::int64_t begin, std::int64_t end, Ends<T> e, std::int64_t) {
        (p.nearest ? place_backward<T, true>
                   : place_backward<T, false>)(in + begin, g + begin, out + begin, end - begin, e);
      });
      dx.add(0, std::move(du));
    }
    if (!dx.wants(1) && !dx.wants(2)) return;
    std::vector<Sums> partial(
        static_cast<std::size_t>(p.scale.numel() * p.blocks_per_entry(u.numel())));
    p.blocks<T>(u.numel(), [&](std::int64_t begin, std::int64_t end, Ends<T> e, std::int64_t b) {
      partial[static_cast<std::size_t>(b)] =
          place_sums(in + begin, g + begin, end - begin, e, p.nearest);
    });
    if (dx.wants(1)) dx.add(1, join(partial, &Sums::scale, p.scale));
    if (dx.wants(2)) dx.add(2, join(partial, &Sums::zero, p.zero));
  });
}

}  // namespace

Variable code_position(const Variable& w, const QuantisedWeight& weight, const Softening& at) {
  const Variable scale = at.scale ? *at.scale : Variable(weight.q.scale);
  const std::int64_t entries = scale.shape().numel();
  core::require("code_position", entries > 0 && w.shape().numel() % entries == 0,
                "entries of scale must divide w; got scale {}, w {}", scale.shape(), w.shape());
  const Variable rows = autograd::reshape(w, {entries, w.shape().numel() / entries});
  return autograd::reshape(autograd::div(rows, autograd::reshape(scale, {entries, 1})), w.shape());
}

Variable on_grid(const Variable& u, const QuantisedWeight& weight, const Softening& at,
                 Rounding rounding) {
  const Variable scale = at.scale ? *at.scale : Variable(weight.q.scale);
  const Variable zero = at.zero ? *at.zero : Variable(weight.q.zero);
  const std::int64_t entries = scale.shape().numel();
  core::require("on_grid", weight.grid.levels == nullptr, "grid must be uniform");
  core::require("on_grid", u.shape() == weight.w.shape(), "u must have the shape of w; got {}, {}",
                u.shape(), weight.w.shape());
  core::require("on_grid",
                entries > 0 && zero.shape().numel() == entries && u.shape().numel() % entries == 0,
                "entries of scale and zero must agree and divide u; got scale {}, zero {}, u {}",
                scale.shape(), zero.shape(), u.shape());
  const Place p{weight.grid, scale.value(), zero.value(), rounding == Rounding::nearest};
  Tensor y = Tensor::empty(u.shape(), u.value().dtype());
  core::dispatch_float("on_grid", y.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = u.value().data<T>().data();
    T* out = y.writable<T>().data();
    p.blocks<T>(y.numel(), [&](std::int64_t begin, std::int64_t end, Ends<T> e, std::int64_t) {
      (p.nearest ? place<T, true> : place<T, false>)(in + begin, out + begin, end - begin, e);
    });
  });
  return autograd::record(
      "on_grid", std::move(y), {u, scale, zero},
      [p, u = u.value()](const Tensor& dy, GradSlots& dx) { on_grid_backward(p, u, dy, dx); });
}

Tensor codes_at(const Tensor& u, const Grid& grid, const QParams& q) {
  Tensor codes = Tensor::empty(u.shape(), core::DType::s32);
  const auto out = codes.writable<std::int32_t>();
  core::dispatch_float("codes_at", u.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto in = u.data<T>(), zero = q.zero.data<T>();
    const std::int64_t run = u.numel() / q.zero.numel();
    const T lo = T(grid.qmin()), hi = T(grid.qmax());
    for (std::int64_t i = 0; i < u.numel(); ++i) {
      const T code = std::nearbyint(in[i]) + std::nearbyint(zero[i / run]);
      out[i] = static_cast<std::int32_t>(std::clamp(code, lo, hi));
    }
  });
  return codes;
}

Variable between_codes(const Tensor& floors, const Variable& h, const QuantisedWeight& weight,
                       const Softening& at) {
  return weight.grid.levels
             ? between_levels(floors, h, weight, at)
             : on_grid(autograd::add(h, Variable(floors)), weight, at, Rounding::none);
}

namespace {

Variable times(const Variable& x, const std::optional<Variable>& factor) {
  return factor ? autograd::mul(x, *factor) : x;
}

Variable uniform_position(const Placement& place, const QuantisedWeight& weight,
                          const Softening& at) {
  const Variable u = times(code_position(place.w, weight, at), place.factor);
  return place.offset ? autograd::add(u, *place.offset) : u;
}

}  // namespace

Variable rounded(const Placement& place, const QuantisedWeight& weight, const Softening& at) {
  if (!weight.grid.levels)
    return on_grid(uniform_position(place, weight, at), weight, at, Rounding::nearest);
  return nearest_level(times(place.w, place.factor), place.offset ? &*place.offset : nullptr,
                       weight, at);
}

Tensor rounded_codes(const Placement& place, const QuantisedWeight& weight, const QParams& q) {
  if (!weight.grid.levels) {
    const Variable scale(q.scale);
    return codes_at(uniform_position(place, weight, {.scale = &scale}).value(), weight.grid, q);
  }
  const Tensor at = positions(times(place.w, place.factor).value(), q, weight.grid);
  return codes_at(place.offset ? core::add(at, place.offset->value()) : at, weight.grid, q);
}

Variable clip_inward(const Variable& x, double lo, double hi) {
  return autograd::record("clip_inward", core::clamp(x.value(), lo, hi), {x},
                          [x = x.value(), lo, hi](const Tensor& dy, GradSlots& dx) {
                            if (!dx.wants(0)) return;
                            Tensor out = dy;
                            core::dispatch_float("clip_inward", x.dtype(), [&](auto tag) {
                              using T = decltype(tag);
                              const auto in = x.data<T>();
                              const auto g = out.writable<T>();
                              for (std::size_t i = 0; i < in.size(); ++i) {
                                const bool back = (in[i] < T(lo) && g[i] < T(0)) ||
                                                  (in[i] > T(hi) && g[i] > T(0));
                                g[i] = (in[i] >= T(lo) && in[i] <= T(hi)) || back ? g[i] : T(0);
                              }
                            });
                            dx.add(0, std::move(out));
                          });
}

}  // namespace quant
