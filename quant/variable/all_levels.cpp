#include "quant/variable/all_levels.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/affine.h"
#include "autograd/ops/reshape.h"
#include "autograd/ops/sub.h"
#include "core/system/threads.h"
#include "quant/grid/codes.h"

namespace quant {

using autograd::Variable;
using core::Shape;
using core::Tensor;

namespace {

constexpr double kMargin = 1e-4;  // of the start over a logit as large, absolute and relative

std::int64_t levels_of(const Grid& grid) { return grid.qmax() - grid.qmin() + 1; }

/// The zero point of each weight.
Tensor zeros_of(const QuantisedWeight& weight) {
  Tensor out = Tensor::empty(weight.w.shape(), weight.w.dtype());
  core::dispatch_float("all_levels", out.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto zero = weight.q.zero.data<T>();
    const auto to = out.writable<T>();
    const std::size_t run = to.size() / zero.size();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = zero[i / run];
  });
  return out;
}

/// sum_k p_k k with p = softmax((logits + noise) / T) along each row; noise may be empty.
/// dlogit_k = dy p_k (k - mean) / T.  shapes: (n, L) -> (n).
Variable mean_level(const Variable& logits, const Tensor& noise, double temperature) {
  const std::int64_t rows = logits.shape()[0], levels = logits.shape()[1];
  Tensor p = Tensor::empty(logits.shape(), logits.value().dtype());
  Tensor mean = Tensor::empty({rows}, p.dtype());
  core::dispatch_float("all_levels", p.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = logits.value().data<T>().data();
    const T* drawn = noise.numel() > 0 ? noise.data<T>().data() : nullptr;
    T *share = p.writable<T>().data(), *out = mean.writable<T>().data();
    const T slope = static_cast<T>(1.0 / temperature);
    core::parallel_for(rows, 1 << 11, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        T* row = share + i * levels;
        for (std::int64_t k = 0; k < levels; ++k)
          row[k] = slope * (in[i * levels + k] + (drawn ? drawn[i * levels + k] : T(0)));
        const T top = *std::max_element(row, row + levels);
        T sum = 0, moment = 0;
        for (std::int64_t k = 0; k < levels; ++k) {
          row[k] = std::exp(row[k] - top);
          sum += row[k];
          moment += row[k] * static_cast<T>(k);
        }
        for (std::int64_t k = 0; k < levels; ++k) row[k] /= sum;
        out[i] = moment / sum;
      }
    });
  });
  return autograd::record(
      "all_levels", mean, {logits},
      [p, mean, temperature](const Tensor& dy, autograd::GradSlots& dx) {
        if (!dx.wants(0)) return;
        const std::int64_t n = p.shape()[0], width = p.shape()[1];
        Tensor grad = Tensor::empty(p.shape(), p.dtype());
        core::dispatch_float("all_levels", p.dtype(), [&](auto tag) {
          using T = decltype(tag);
          const T *share = p.data<T>().data(), *m = mean.data<T>().data();
          const T* g = dy.data<T>().data();
          T* to = grad.writable<T>().data();
          const T slope = static_cast<T>(1.0 / temperature);
          core::parallel_for(n, 1 << 11, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
              for (std::int64_t k = 0; k < width; ++k)
                to[i * width + k] =
                    slope * g[i] * share[i * width + k] * (static_cast<T>(k) - m[i]);
            }
          });
        });
        dx.add(0, std::move(grad));
      });
}

void check(std::size_t tensors, const Shape& shape, const QuantisedWeight& weight) {
  const Shape wanted{weight.w.numel(), levels_of(weight.grid)};
  core::require("all_levels", tensors == 1 && shape == wanted,
                "needs one learned tensor {}; got {} of {}", wanted, tensors, shape);
}

}  // namespace

std::vector<Tensor> AllLevels::init(const QuantisedWeight& weight) const {
  const std::int64_t levels = levels_of(weight.grid), lowest = weight.grid.qmin();
  const Tensor codes = quantise_codes(weight.w, weight.q, weight.grid), zero = zeros_of(weight);
  Tensor logits = Tensor::empty({weight.w.numel(), levels}, weight.w.dtype());
  core::dispatch_float("all_levels", logits.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto nearest = codes.data<std::int32_t>();
    const auto w = weight.w.data<T>(), s = weight.q.scale.data<T>(), z = zero.data<T>();
    const auto to = logits.writable<T>();
    const std::size_t run = w.size() / s.size();
    const double factor = -temperature_.start / width_;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double t =
          std::clamp(static_cast<double>(w[i] / s[i / run] + z[i]), static_cast<double>(lowest),
                     static_cast<double>(weight.grid.qmax()));
      T* row = to.data() + static_cast<std::int64_t>(i) * levels;
      for (std::int64_t k = 0; k < levels; ++k) {
        const double off = t - static_cast<double>(lowest + k);
        row[k] = static_cast<T>(factor * off * off);
      }
      // a tie: the code of round to nearest stands just above the other
      T& chosen = row[nearest[i] - lowest];
      const T best = *std::max_element(row, row + levels);
      if (best > chosen || std::count(row, row + levels, best) > 1)
        chosen = best + static_cast<T>(kMargin) * (T(1) + std::abs(best));
    }
  });
  return {logits};
}

Softened AllLevels::soften(const QuantisedWeight& weight, std::span<const Variable> learned,
                           const Softening& at) const {
  check(learned.size(), learned.empty() ? Shape{} : learned[0].shape(), weight);
  const Variable& logits = learned[0];
  const Tensor drawn = noise(logits.shape(), weight.w.dtype(), at.rng);
  const Variable level = mean_level(logits, drawn, temperature_.at(at.progress));
  const Variable code = autograd::affine(autograd::reshape(level, weight.w.shape()), 1.0,
                                         static_cast<double>(weight.grid.qmin()));
  // positions are relative to the frozen zero point, so that a learned one moves the weight
  const Variable position = autograd::sub(code, Variable(zeros_of(weight)));
  return {on_grid(position, weight, at, Rounding::none), std::nullopt};
}

Tensor AllLevels::harden(const QuantisedWeight& weight, std::span<const Tensor> learned,
                         const QParams& grid) const {
  check(learned.size(), learned.empty() ? Shape{} : learned[0].shape(), weight);
  const std::int64_t levels = levels_of(weight.grid);
  Tensor position = zeros_of(weight);
  core::dispatch_float("all_levels", position.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* row = learned[0].data<T>().data();
    for (T& value : position.writable<T>()) {
      const auto best = static_cast<T>(std::max_element(row, row + levels) - row);
      value = static_cast<T>(weight.grid.qmin()) + best - value;
      row += levels;
    }
  });
  return codes_at(position, weight.grid, grid);
}

}  // namespace quant
