#include "quant/act_table.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/element.h"
#include "core/threads.h"

namespace quant {

using autograd::GradSlots;
using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kBlock = core::kChoiceRun;  // one partial sum

std::size_t cell(const ActTable& table, double t) {
  return static_cast<std::size_t>(std::upper_bound(table.cuts.begin(), table.cuts.end(), t) -
                                  table.cuts.begin());
}

/// Calls use(block, begin, end, taken) for blocks that cover [0, n); taken is null: all.
template <class Use>
void for_blocks(std::int64_t n, const std::optional<core::Choice>& choice, Use use) {
  core::parallel_for((n + kBlock - 1) / kBlock, 2, [&](std::int64_t first, std::int64_t last) {
    std::uint32_t taken[kBlock];
    for (std::int64_t b = first; b < last; ++b) {
      const std::int64_t begin = b * kBlock, end = std::min(n, begin + kBlock);
      if (choice) choice->read(begin, {taken, static_cast<std::size_t>(end - begin)});
      use(b, begin, end, choice ? static_cast<const std::uint32_t*>(taken) : nullptr);
    }
  });
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
    const auto from = in.data<E>();
    const auto to = y.writable<E>();
    const T s = static_cast<T>(step);
    for_blocks(in.numel(), options.choice,
               [&](std::int64_t, std::int64_t begin, std::int64_t end, const std::uint32_t* taken) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const T v = core::load(from[i]);
                   if ((taken && taken[i - begin] == 0) || std::isnan(v)) {
                     to[i] = from[i];
                     continue;
                   }
                   const double t = static_cast<double>(v / s);
                   to[i] = core::store<E>(s * static_cast<T>(table->levels[cell(*table, t)]));
                 }
               });
  });
  return autograd::record(
      "on_table", std::move(y), {x, scale},
      [x = in, scale = scale.value(), table, options](const Tensor& dy, GradSlots& dx) {
        Tensor grad = Tensor::empty(x.shape(), x.dtype());
        std::vector<double> partial(static_cast<std::size_t>((x.numel() + kBlock - 1) / kBlock));
        core::dispatch_element("on_table", x.dtype(), [&]<class E>(E) {
          using T = core::Arithmetic<E>;
          const auto from = x.data<E>(), g = dy.data<E>();
          const auto to = grad.writable<E>();
          const T s = static_cast<T>(scale.item());
          for_blocks(x.numel(), options.choice,
                     [&](std::int64_t block, std::int64_t begin, std::int64_t end,
                         const std::uint32_t* taken) {
                       double sum = 0;
                       for (std::int64_t i = begin; i < end; ++i) {
                         if (taken && taken[i - begin] == 0) {
                           to[i] = g[i];
                           continue;
                         }
                         const double t = static_cast<double>(core::load(from[i]) / s);
                         const bool inside = t >= table->lo && t <= table->hi;
                         to[i] = inside ? g[i] : core::store<E>(T(0));
                         const double level = table->levels[cell(*table, t)];
                         sum +=
                             static_cast<double>(core::load(g[i])) * (inside ? level - t : level);
                       }
                       partial[static_cast<std::size_t>(block)] = sum;
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
