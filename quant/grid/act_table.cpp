#include "quant/grid/act_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/element.h"

namespace quant {

using autograd::GradSlots;
using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kLanes = 16;

/// A table in the arithmetic of a kernel.  Cuts and the lower end are rounded up, the upper end
/// down, so that comparing with them is comparing with the table's own.
template <class T>
struct Levels {
  std::vector<T> levels, cuts;
  T lo, hi, step;

  Levels(const ActTable& table, T s) : lo(up(table.lo)), hi(-up(-table.hi)), step(s) {
    for (const double level : table.levels) levels.push_back(static_cast<T>(level));
    for (const double cut : table.cuts) cuts.push_back(up(cut));
  }

 private:
  static T up(double x) {
    const T near = static_cast<T>(x);
    return static_cast<double>(near) < x ? std::nextafter(near, std::numeric_limits<T>::infinity())
                                         : near;
  }
};

/// Values of one run in steps, and their cells: the number of cuts at or below each, which vectors
/// count faster than any search.
template <class T>
struct Cells {
  std::array<T, core::kChoiceRun> t;
  std::array<std::int32_t, core::kChoiceRun> cell;

  template <class E>
  [[gnu::noinline]] void find(const E* __restrict x, std::int64_t n, const Levels<T>& table) {
    T* __restrict const value = t.data();
    std::int32_t* __restrict const count = cell.data();
    const T s = table.step;
    for (std::int64_t i = 0; i < n; ++i) {
      value[i] = core::load(x[i]) / s;
      count[i] = 0;
    }
    for (const T cut : table.cuts) {
      for (std::int64_t i = 0; i < n; ++i) count[i] += value[i] >= cut ? 1 : 0;
    }
  }
};

template <class E, class T>
[[gnu::noinline]] void write_levels(const std::uint32_t* __restrict taken, const E* __restrict x,
                                    const std::int32_t* __restrict cell, const T* __restrict levels,
                                    T s, E* __restrict y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T v = core::load(x[i]), level = s * levels[cell[i]];
    y[i] = core::store<E>(taken[i] == 0 || std::isnan(v) ? v : level);
  }
}

/// Writes dx and adds to the lanes of dscale.
template <class E, class T>
[[gnu::noinline]] void run_back(const std::uint32_t* __restrict taken, const E* __restrict dy,
                                const T* __restrict t, const std::int32_t* __restrict cell,
                                const T* __restrict levels, T lo, T hi, E* __restrict dx,
                                std::int64_t n, double* __restrict lanes) {
  const auto back = [=](std::int64_t i) {
    const T g = core::load(dy[i]);
    const bool inside = t[i] >= lo && t[i] <= hi;
    dx[i] = core::store<E>(inside || taken[i] == 0 ? g : T(0));
    const T slope = levels[cell[i]] - (inside ? t[i] : T(0));
    return static_cast<double>(taken[i] == 0 || std::isnan(t[i]) ? T(0) : g * slope);
  };
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] += back(i + j);
  }
  for (; i < n; ++i) lanes[0] += back(i);
}

const core::Choice* pointer(const std::optional<core::Choice>& choice) {
  return choice ? &*choice : nullptr;
}

}  // namespace

void ActTable::check() const {
  core::require("act_table", !levels.empty() && cuts.size() + 1 == levels.size(),
                "needs levels and a cut between every two; got {} levels, {} cuts", levels.size(),
                cuts.size());
  core::require(
      "act_table",
      std::is_sorted(levels.begin(), levels.end()) &&
          std::adjacent_find(cuts.begin(), cuts.end(), std::greater_equal<>()) == cuts.end(),
      "cuts must increase and levels must not decrease; got {} cuts, {} levels", cuts.size(),
      levels.size());
  core::require("act_table", step > 0 && std::isfinite(step) && lo < hi,
                "the step must be positive and the ends in order; got step {}, ends {} and {}",
                step, lo, hi);
}

Variable on_table(const Variable& x, const Variable& scale, std::shared_ptr<const ActTable> table,
                  const TableOptions& options) {
  core::require("on_table", scale.shape().numel() == 1, "scale must have one element; got {}",
                scale.shape());
  const double step = scale.value().item();
  core::require("on_table", step > 0 && std::isfinite(step),
                "scale must be positive and finite; got {}", step);
  const Tensor& in = x.value();
  Tensor y = Tensor::empty(in.shape(), in.dtype());
  core::dispatch_element("on_table", in.dtype(), [&]<class E>(E) {
    using T = core::Arithmetic<E>;
    const E* from = in.data<E>().data();
    E* to = y.writable<E>().data();
    const Levels<T> levels(*table, static_cast<T>(step));
    core::for_runs(pointer(options.choice), in.numel(),
                   [&](std::int64_t at, std::int64_t count, const std::uint32_t* taken) {
                     Cells<T> cells;
                     cells.find(from + at, count, levels);
                     write_levels(taken, from + at, cells.cell.data(), levels.levels.data(),
                                  levels.step, to + at, count);
                   });
  });
  return autograd::record(
      "on_table", std::move(y), {x, scale},
      [x = in, scale = scale.value(), table, options](const Tensor& dy, GradSlots& dx) {
        Tensor grad = Tensor::empty(x.shape(), x.dtype());
        std::vector<double> partial(
            static_cast<std::size_t>((x.numel() + core::kChoiceRun - 1) / core::kChoiceRun));
        core::dispatch_element("on_table", x.dtype(), [&]<class E>(E) {
          using T = core::Arithmetic<E>;
          const E *from = x.data<E>().data(), *g = dy.data<E>().data();
          E* to = grad.writable<E>().data();
          const Levels<T> levels(*table, static_cast<T>(scale.item()));
          core::for_runs(pointer(options.choice), x.numel(),
                         [&](std::int64_t at, std::int64_t count, const std::uint32_t* taken) {
                           Cells<T> cells;
                           cells.find(from + at, count, levels);
                           double lanes[kLanes] = {};
                           run_back(taken, g + at, cells.t.data(), cells.cell.data(),
                                    levels.levels.data(), levels.lo, levels.hi, to + at, count,
                                    lanes);
                           double sum = 0;
                           for (const double lane : lanes) sum += lane;
                           partial[static_cast<std::size_t>(at / core::kChoiceRun)] = sum;
                         });
        });
        if (dx.wants(0)) dx.add(0, std::move(grad));
        double total = 0;
        for (const double p : partial) total += p;
        if (dx.wants(1))
          dx.add(1, Tensor::full(scale.shape(), total * options.grad_scale, scale.dtype()));
      });
}

}  // namespace quant
