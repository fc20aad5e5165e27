#include "quant/variable/all_levels.h"

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
  const std::int64_t levels = levels_of(weight.grid);
  const core::DType dtype = weight.w.dtype();
  std::vector<double> numbers(static_cast<std::size_t>(levels));
  for (std::size_t k = 0; k < numbers.size(); ++k)
    numbers[k] = weight.grid.qmin() + static_cast<double>(k);
  const Tensor codes = Tensor::of<double>({levels, 1}, numbers).to(dtype);
  Variable logits = learned[0];
  const Tensor drawn = noise(logits.shape(), dtype, at.rng);
  if (drawn.numel() > 0) logits = autograd::add(logits, Variable(drawn));
  const Variable p =
      autograd::softmax(autograd::affine(logits, 1.0 / temperature_.at(at.progress), 0.0));
  const Variable code = autograd::reshape(autograd::matmul(p, Variable(codes)), weight.w.shape());
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
