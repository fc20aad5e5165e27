#include "quant/variable/on_levels.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/map.h"
#include "core/threads.h"
#include "quant/levels.h"

namespace quant {

using autograd::GradSlots;
using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kBlock =
    1 << 12;  // one partial sum, so that results do not depend on threads

/// What both steps know of their surroundings; the tensors of the graph are kept by value.
struct Space {
  Grid grid;
  Tensor scale;
  LevelTable table;

  std::int64_t blocks_per_entry(std::int64_t n) const {
    return (n / scale.numel() + kBlock - 1) / kBlock;
  }
  /// fn(begin, end, s, block) over blocks within one entry; blocks of an entry are consecutive.
  template <class T, class Fn>
  void blocks(std::int64_t n, Fn&& fn) const {
    const std::int64_t entries = scale.numel(), run = n / entries, per = blocks_per_entry(n);
    const auto s = scale.data<T>();
    const std::int64_t grain = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, run));
    core::parallel_for(entries * per, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        const std::int64_t entry = b / per, begin = entry * run + b % per * kBlock;
        fn(begin, std::min(begin + kBlock, (entry + 1) * run), s[entry], b);
      }
    });
  }
};

struct Sums {
  double scale = 0, warp = 0;
};

/// Sums of the blocks: scale by entry, warp in all.
void give(const std::vector<Sums>& partial, const Tensor& scale, const Tensor& warp, GradSlots& dx,
          int scale_slot, int warp_slot) {
  const std::size_t per = partial.size() / static_cast<std::size_t>(scale.numel());
  std::vector<double> of_scale(static_cast<std::size_t>(scale.numel()), 0.0);
  double of_warp = 0;
  for (std::size_t b = 0; b < partial.size(); ++b) {
    of_scale[b / per] += partial[b].scale;
    of_warp += partial[b].warp;
  }
  if (dx.wants(scale_slot))
    dx.add(scale_slot, Tensor::of<double>(scale.shape(), of_scale).to(scale.dtype()));
  if (dx.wants(warp_slot)) dx.add(warp_slot, Tensor::full(warp.shape(), of_warp, warp.dtype()));
}

struct Learnable {
  Variable scale, warp;

  Learnable(const QuantisedWeight& weight, const Softening& at)
      : scale(at.scale ? *at.scale : Variable(weight.q.scale)),
        warp(at.warp ? *at.warp : Variable(weight.q.warp)) {}
  Space space(const QuantisedWeight& weight) const {
    return {weight.grid, scale.value(), LevelTable(weight.grid, warp.value())};
  }
};

void check(std::string_view op, const core::Shape& given, const QuantisedWeight& weight,
           const Learnable& learnable) {
  const std::int64_t entries = learnable.scale.shape().numel();
  core::require(op, given == weight.w.shape(), "values must have the shape of w; got {}, {}", given,
                weight.w.shape());
  core::require(op, entries > 0 && given.numel() % entries == 0,
                "entries of scale must divide w; got scale {}, w {}", learnable.scale.shape(),
                given);
  core::require(op, learnable.warp.shape().numel() == 1, "levels must have one parameter; got {}",
                learnable.warp.shape());
}

/// a at 0 and b at 1, exactly.
double between(double a, double b, double h) {
  return h <= 0.5 ? a + h * (b - a) : b - (1 - h) * (b - a);
}

}  // namespace

Variable between_levels(const Tensor& floors, const Variable& h, const QuantisedWeight& weight,
                        const Softening& at) {
  const Learnable learnable(weight, at);
  check("between_levels", h.shape(), weight, learnable);
  check("between_levels", floors.shape(), weight, learnable);
  const Space space = learnable.space(weight);
  Tensor y = Tensor::empty(h.shape(), h.value().dtype());
  core::dispatch_float("between_levels", y.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const LevelTable& table = space.table;
    const auto f = floors.data<T>(), part = h.value().data<T>();
    const auto out = y.writable<T>();
    space.blocks<T>(y.numel(), [&](std::int64_t begin, std::int64_t end, T s, std::int64_t) {
      for (std::int64_t i = begin; i < end; ++i) {
        const double floor = static_cast<double>(f[i]);
        out[i] = s * static_cast<T>(between(table.level(table.code(floor)),
                                            table.level(table.code(floor + 1)),
                                            static_cast<double>(part[i])));
      }
    });
  });
  return autograd::record(
      "between_levels", std::move(y), {h, learnable.scale, learnable.warp},
      [space, floors, h = h.value(), warp = learnable.warp.value()](const Tensor& dy,
                                                                    GradSlots& dx) {
        const LevelTable& table = space.table;
        Tensor dh = Tensor::empty(h.shape(), h.dtype());
        std::vector<Sums> partial(
            static_cast<std::size_t>(space.scale.numel() * space.blocks_per_entry(h.numel())));
        core::dispatch_float("between_levels", h.dtype(), [&](auto tag) {
          using T = decltype(tag);
          const auto f = floors.data<T>(), part = h.data<T>(), g = dy.data<T>();
          const auto out = dh.writable<T>();
          space.blocks<T>(h.numel(), [&](std::int64_t begin, std::int64_t end, T s,
                                         std::int64_t block) {
            Sums sums;
            for (std::int64_t i = begin; i < end; ++i) {
              const int lo = table.code(static_cast<double>(f[i])),
                        hi = table.code(static_cast<double>(f[i]) + 1);
              const double d = static_cast<double>(g[i]), p = static_cast<double>(part[i]);
              out[i] =
                  static_cast<T>(static_cast<double>(s) * (table.level(hi) - table.level(lo)) * d);
              sums.scale += d * between(table.level(lo), table.level(hi), p);
              sums.warp += d * static_cast<double>(s) *
                           between(table.level_by_warp(lo), table.level_by_warp(hi), p);
            }
            partial[static_cast<std::size_t>(block)] = sums;
          });
        });
        if (dx.wants(0)) dx.add(0, std::move(dh));
        give(partial, space.scale, warp, dx, 1, 2);
      });
}

Variable nearest_level(const Variable& w, const Variable* v, const QuantisedWeight& weight,
                       const Softening& at) {
  const Learnable learnable(weight, at);
  check("nearest_level", w.shape(), weight, learnable);
  if (v) check("nearest_level", v->shape(), weight, learnable);
  const Space space = learnable.space(weight);
  Tensor spot = positions(
      w.value(), {learnable.scale.value(), weight.q.zero, learnable.warp.value()}, weight.grid);
  if (v) spot = core::add(spot, v->value());
  Tensor y = Tensor::empty(w.shape(), w.value().dtype());
  core::dispatch_float("nearest_level", y.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const LevelTable& table = space.table;
    const auto p = spot.data<T>();
    const auto out = y.writable<T>();
    space.blocks<T>(y.numel(), [&](std::int64_t begin, std::int64_t end, T s, std::int64_t) {
      for (std::int64_t i = begin; i < end; ++i)
        out[i] = std::isnan(p[i])
                     ? p[i]
                     : s * static_cast<T>(table.level(table.code(static_cast<double>(p[i]))));
    });
  });
  std::vector<Variable> inputs{w, learnable.scale, learnable.warp};
  if (v) inputs.push_back(*v);
  return autograd::record(
      "nearest_level", std::move(y), std::move(inputs),
      [space, spot, w = w.value(), warp = learnable.warp.value(), offset = v != nullptr](
          const Tensor& dy, GradSlots& dx) {
        const LevelTable& table = space.table;
        const Levels& levels = *space.grid.levels;
        const bool wants_sums = dx.wants(1) || dx.wants(2);
        Tensor dw = Tensor::empty(w.shape(), w.dtype()), dv = Tensor::empty(w.shape(), w.dtype());
        std::vector<Sums> partial(
            static_cast<std::size_t>(space.scale.numel() * space.blocks_per_entry(w.numel())));
        core::dispatch_float("nearest_level", w.dtype(), [&](auto tag) {
          using T = decltype(tag);
          const auto p = spot.data<T>(), x = w.data<T>(), g = dy.data<T>();
          const auto to_w = dw.writable<T>(), to_v = dv.writable<T>();
          space.blocks<T>(
              w.numel(), [&](std::int64_t begin, std::int64_t end, T s, std::int64_t block) {
                Sums sums;
                for (std::int64_t i = begin; i < end; ++i) {
                  const double position = static_cast<double>(p[i]), d = static_cast<double>(g[i]);
                  const bool inside = table.inside(position);
                  const int code = table.code(position);
                  const double slope = inside ? table.slope(code) : 0.0;
                  to_w[i] = inside ? g[i] : T(0);
                  to_v[i] = static_cast<T>(static_cast<double>(s) * slope * d);
                  if (!wants_sums) continue;
                  const double steps = static_cast<double>(x[i] / s);
                  const Warp at_warp = table.warp();
                  sums.scale += d * (table.level(code) -
                                     (inside ? slope * levels.elasticity(steps, at_warp) : 0.0));
                  sums.warp += d * static_cast<double>(s) *
                               (inside ? levels.rounded_by_warp(steps, code, at_warp)
                                       : table.level_by_warp(code));
                }
                partial[static_cast<std::size_t>(block)] = sums;
              });
        });
        if (dx.wants(0)) dx.add(0, std::move(dw));
        if (offset && dx.wants(3)) dx.add(3, std::move(dv));
        if (wants_sums) give(partial, space.scale, warp, dx, 1, 2);
      });
}

}  // namespace quant
