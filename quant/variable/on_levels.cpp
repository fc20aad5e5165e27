#include "quant/variable/on_levels.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/map.h"
#include "core/system/threads.h"
#include "quant/grid/level_table.h"
#include "quant/grid/levels.h"

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
  std::vector<LevelTable> tables;  // one, or one an entry

  const LevelTable& table_of(std::int64_t entry) const {
    return tables[tables.size() == 1 ? 0 : static_cast<std::size_t>(entry)];
  }
  /// Sums of the gradients of a row of parameters.
  std::size_t parameters() const { return tables.front().warp().values.size(); }

  std::int64_t blocks_per_entry(std::int64_t n) const {
    return (n / scale.numel() + kBlock - 1) / kBlock;
  }
  /// fn(begin, end, s, table, block) over blocks within one entry; blocks of an entry are
  /// consecutive.
  template <class T, class Fn>
  void blocks(std::int64_t n, Fn&& fn) const {
    const std::int64_t entries = scale.numel(), run = n / entries, per = blocks_per_entry(n);
    const auto s = scale.data<T>();
    const std::int64_t grain = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, run));
    core::parallel_for(entries * per, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        const std::int64_t entry = b / per, begin = entry * run + b % per * kBlock;
        fn(begin, std::min(begin + kBlock, (entry + 1) * run), s[entry], table_of(entry), b);
      }
    });
  }
};

/// What the blocks add to the gradients of step and parameters, apart, so that results do not
/// depend on threads.
class Partial {
 public:
  Partial(const Space& space, std::int64_t n)
      : width_(space.parameters()),
        by_code_(space.grid.levels->are_parameters()),
        scale_(static_cast<std::size_t>(space.scale.numel() * space.blocks_per_entry(n)), 0.0),
        warp_(scale_.size() * width_, 0.0) {}

  double& scale(std::int64_t block) { return scale_[static_cast<std::size_t>(block)]; }
  /// Of the parameter that the level of `code` depends on.
  double& warp(std::int64_t block, const LevelTable& table, int code) {
    return warp_[static_cast<std::size_t>(block) * width_ + (by_code_ ? table.index(code) : 0)];
  }
  bool by_code() const { return by_code_; }

  /// Sums of the blocks: step by entry, parameters by row.
  void give(const Tensor& scale, const Tensor& warp, GradSlots& dx, int scale_slot,
            int warp_slot) const {
    const std::size_t entries = static_cast<std::size_t>(scale.numel());
    const std::size_t per = scale_.size() / entries;
    const std::size_t rows = static_cast<std::size_t>(warp.numel()) / width_;
    std::vector<double> of_scale(entries, 0.0), of_warp(rows * width_, 0.0);
    for (std::size_t b = 0; b < scale_.size(); ++b) {
      of_scale[b / per] += scale_[b];
      double* row = of_warp.data() + (rows == 1 ? 0 : b / per * width_);
      for (std::size_t k = 0; k < width_; ++k) row[k] += warp_[b * width_ + k];
    }
    if (dx.wants(scale_slot))
      dx.add(scale_slot, Tensor::of<double>(scale.shape(), of_scale).to(scale.dtype()));
    if (dx.wants(warp_slot))
      dx.add(warp_slot, Tensor::of<double>(warp.shape(), of_warp).to(warp.dtype()));
  }

 private:
  std::size_t width_;
  bool by_code_;
  std::vector<double> scale_, warp_;  // warp: rows of width_
};

struct Learnable {
  Variable scale, warp;

  Learnable(const QuantisedWeight& weight, const Softening& at)
      : scale(at.scale ? *at.scale : Variable(weight.q.scale)),
        warp(at.warp ? *at.warp : Variable(weight.q.warp)) {}
  Space space(const QuantisedWeight& weight) const {
    return {weight.grid, scale.value(),
            level_tables(weight.grid, warp.value(), scale.value().numel())};
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
    const auto f = floors.data<T>(), part = h.value().data<T>();
    const auto out = y.writable<T>();
    space.blocks<T>(y.numel(), [&](std::int64_t begin, std::int64_t end, T s,
                                   const LevelTable& table, std::int64_t) {
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
        Tensor dh = Tensor::empty(h.shape(), h.dtype());
        Partial partial(space, h.numel());
        core::dispatch_float("between_levels", h.dtype(), [&](auto tag) {
          using T = decltype(tag);
          const auto f = floors.data<T>(), part = h.data<T>(), g = dy.data<T>();
          const auto out = dh.writable<T>();
          space.blocks<T>(h.numel(), [&](std::int64_t begin, std::int64_t end, T s,
                                         const LevelTable& table, std::int64_t block) {
            double of_scale = 0;
            for (std::int64_t i = begin; i < end; ++i) {
              const int lo = table.code(static_cast<double>(f[i])),
                        hi = table.code(static_cast<double>(f[i]) + 1);
              const double d = static_cast<double>(g[i]), p = static_cast<double>(part[i]);
              out[i] =
                  static_cast<T>(static_cast<double>(s) * (table.level(hi) - table.level(lo)) * d);
              of_scale += d * between(table.level(lo), table.level(hi), p);
              const double ds = d * static_cast<double>(s);
              if (partial.by_code()) {
                partial.warp(block, table, lo) += ds * (1 - p);
                partial.warp(block, table, hi) += ds * p;
              } else {
                partial.warp(block, table, lo) +=
                    ds * between(table.level_by_warp(lo), table.level_by_warp(hi), p);
              }
            }
            partial.scale(block) = of_scale;
          });
        });
        if (dx.wants(0)) dx.add(0, std::move(dh));
        partial.give(space.scale, warp, dx, 1, 2);
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
    const auto p = spot.data<T>();
    const auto out = y.writable<T>();
    space.blocks<T>(y.numel(), [&](std::int64_t begin, std::int64_t end, T s,
                                   const LevelTable& table, std::int64_t) {
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
        const Levels& levels = *space.grid.levels;
        const bool wants_sums = dx.wants(1) || dx.wants(2);
        Tensor dw = Tensor::empty(w.shape(), w.dtype()), dv = Tensor::empty(w.shape(), w.dtype());
        Partial partial(space, w.numel());
        core::dispatch_float("nearest_level", w.dtype(), [&](auto tag) {
          using T = decltype(tag);
          const auto p = spot.data<T>(), x = w.data<T>(), g = dy.data<T>();
          const auto to_w = dw.writable<T>(), to_v = dv.writable<T>();
          space.blocks<T>(w.numel(), [&](std::int64_t begin, std::int64_t end, T s,
                                         const LevelTable& table, std::int64_t block) {
            double of_scale = 0;
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
              of_scale += d * (table.level(code) -
                               (inside ? slope * levels.elasticity(steps, at_warp) : 0.0));
              partial.warp(block, table, code) +=
                  d * static_cast<double>(s) *
                  (inside ? levels.rounded_by_warp(steps, code, at_warp)
                          : table.level_by_warp(code));
            }
            partial.scale(block) = of_scale;
          });
        });
        if (dx.wants(0)) dx.add(0, std::move(dw));
        if (offset && dx.wants(3)) dx.add(3, std::move(dv));
        if (wants_sums) partial.give(space.scale, warp, dx, 1, 2);
      });
}

}  // namespace quant
