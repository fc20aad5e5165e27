// Divergences between p = softmax(target / T) and q = softmax(prediction / T) over the channels,
// averaged over the rows; on logits when the unit is the whole network, on features otherwise.
//
// A loss gives a struct with `value`(p, q, d), one term of the sum over channels, and `slope`(d),
// the derivative of the sum with respect to q up to a constant of the row, both with d = ln q - ln
// p. dprediction = q (slope - sum q slope) / (T rows).  Log-probabilities are finite for finite
// inputs, so nothing is divided by zero.
#pragma once

#include <vector>

#include "core/kernels/loops/lanes.h"
#include "core/kernels/loops/math.h"
#include "core/kernels/loops/odometer.h"
#include "core/kernels/map.h"
#include "core/kernels/softmax.h"
#include "core/system/threads.h"
#include "quant/loss/loss.h"

namespace quant {

struct DivergenceOptions {
  double temperature;
  bool times_t_squared;
  explicit DivergenceOptions(core::Params& params)
      : temperature(params.get<double>(
            "temperature", 1.0,
            {.doc = "T that divides both logits", .source = "Hinton et al. 2015", .min = 1e-3})),
        times_t_squared(
            params.get<bool>("times_t_squared", false,
                             {.doc = "multiply by T^2, so that the gradient keeps its scale",
                              .source = "Hinton et al. 2015"})) {}
  double factor() const { return times_t_squared ? temperature * temperature : 1.0; }
};

namespace detail {

template <class T, class Fn>
[[gnu::noinline]] void divergence_values(const T* __restrict lp, const T* __restrict lq,
                                         T* __restrict out, std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = fn.value(core::math::exp(lp[i]), core::math::exp(lq[i]), lq[i] - lp[i]);
  }
}
template <class T, class Fn>
[[gnu::noinline]] void divergence_slopes(const T* __restrict lp, const T* __restrict lq,
                                         T* __restrict out, std::int64_t n, Fn fn) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = fn.slope(lq[i] - lp[i]);
}
template <class T>
[[gnu::noinline]] void divergence_gradient(T* __restrict q, const T* __restrict slope, T mean,
                                           T factor, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) q[i] = factor * (q[i] * (slope[i] - mean));
}

/// fn(first element, row number, room for one row) for all rows, in parallel.
template <class T, class Fn>
void for_rows(std::int64_t rows, std::int64_t width, Fn fn) {
  core::parallel_for(rows, core::row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> buffer(static_cast<std::size_t>(width));
    for (std::int64_t r = begin; r < end; ++r) fn(r * width, r, buffer.data());
  });
}

}  // namespace detail

template <class Fn>
autograd::Variable divergence(std::string_view op, const LossInputs& given,
                              const DivergenceOptions& options, Fn fn) {
  const std::int64_t rows = loss_rows(op, given), width = given.target.shape()[-1];
  const LossInputs in = widened(given);
  const auto log_probabilities = [t = options.temperature](const core::Tensor& z) {
    return core::log_softmax(t == 1.0 ? z : core::affine(z, 1.0 / t, 0.0));
  };
  const core::Tensor lp = log_probabilities(in.target);
  const core::Tensor lq = log_probabilities(in.prediction.value());
  const double scale = options.factor() / static_cast<double>(rows);
  double sum = 0;
  core::dispatch_float(op, lq.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T *p = lp.data<T>().data(), *q = lq.data<T>().data();
    std::vector<double> of_row(static_cast<std::size_t>(rows));
    detail::for_rows<T>(rows, width, [&](std::int64_t at, std::int64_t r, T* terms) {
      detail::divergence_values(p + at, q + at, terms, width, fn);
      of_row[static_cast<std::size_t>(r)] = core::lane_sum(width, [&](auto i) { return i(terms); });
    });
    for (const double s : of_row) sum += s;
  });
  return autograd::record(
      op, core::Tensor::scalar(scale * sum, lq.dtype()), {in.prediction},
      [op, lp, lq, rows, width, slope_scale = scale / options.temperature, fn](
          const core::Tensor& dy, autograd::GradSlots& dx) {
        if (!dx.wants(0)) return;
        core::Tensor grad = core::exp(lq);
        core::dispatch_float(op, lq.dtype(), [&](auto tag) {
          using T = decltype(tag);
          const T *p = lp.data<T>().data(), *q = lq.data<T>().data();
          T* g = grad.writable<T>().data();
          const T factor = static_cast<T>(slope_scale * dy.item());
          detail::for_rows<T>(rows, width, [&](std::int64_t at, std::int64_t, T* slopes) {
            detail::divergence_slopes(p + at, q + at, slopes, width, fn);
            const T* row = g + at;
            const double mean = core::lane_sum(width, [&](auto i) { return i(row) * i(slopes); });
            detail::divergence_gradient(g + at, slopes, static_cast<T>(mean), factor, width);
          });
        });
        dx.add(0, std::move(grad));
      });
}

}  // namespace quant
