#include "quant/calibration/bn_statistics.h"

#include <algorithm>
#include <cmath>

#include "core/system/threads.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr double kEps = 1e-6;  // under the root, as the released code of ZeroQ

struct Measured {
  std::int64_t images, positions, channels;
  std::vector<double> mean, std;  // [image][channel]
};

/// Images a thread at least, so that small layers do not pay for starting threads.
std::int64_t grain(std::int64_t values_per_image) {
  return std::max<std::int64_t>(1, (1 << 15) / values_per_image);
}

double unbiased_divisor(std::int64_t positions) {
  return positions > 1 ? static_cast<double>(positions - 1) : 1.0;
}

void check(const Tensor& x, const ChannelStatistics& target) {
  core::require("bn_statistics",
                x.shape().rank() >= 2 && x.numel() > 0 &&
                    x.shape()[-1] == static_cast<std::int64_t>(target.mean.size()) &&
                    target.std.size() == target.mean.size(),
                "x must be (N, .., C) with one mean and one std a channel; got x {}, {} means",
                x.shape(), target.mean.size());
}

/// Per image and channel; sums in double.
Measured measure(const Tensor& x) {
  Measured out;
  out.images = x.shape()[0];
  out.channels = x.shape()[-1];
  out.positions = x.numel() / (out.images * out.channels);
  const std::int64_t C = out.channels, M = out.positions;
  out.mean.assign(static_cast<std::size_t>(out.images * C), 0.0);
  out.std.assign(static_cast<std::size_t>(out.images * C), 0.0);
  core::dispatch_float("bn_statistics", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>().data();
    core::parallel_for(out.images, grain(M * C), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        const T* image = from + n * M * C;
        double* mean = out.mean.data() + n * C;
        double* std = out.std.data() + n * C;
        for (std::int64_t p = 0; p < M; ++p) {
          for (std::int64_t c = 0; c < C; ++c) mean[c] += static_cast<double>(image[p * C + c]);
        }
        for (std::int64_t c = 0; c < C; ++c) mean[c] /= static_cast<double>(M);
        for (std::int64_t p = 0; p < M; ++p) {
          for (std::int64_t c = 0; c < C; ++c) {
            const double gap = static_cast<double>(image[p * C + c]) - mean[c];
            std[c] += gap * gap;
          }
        }
        for (std::int64_t c = 0; c < C; ++c)
          std[c] = std::sqrt(std[c] / unbiased_divisor(M) + kEps);
      }
    });
  });
  return out;
}

std::vector<double> distances(const Measured& m, const ChannelStatistics& target) {
  std::vector<double> out(static_cast<std::size_t>(m.images));
  const std::size_t C = target.mean.size();
  for (std::size_t n = 0; n < out.size(); ++n) {
    for (std::size_t c = 0; c < C; ++c) {
      const double mean = m.mean[n * C + c] - target.mean[c],
                   std = m.std[n * C + c] - target.std[c];
      out[n] += mean * mean + std * std;
    }
    out[n] /= static_cast<double>(C);
  }
  return out;
}

}  // namespace

ChannelStatistics running_statistics(const nn::BatchNorm2d& bn) {
  ChannelStatistics out{bn.running_mean.value.values(), bn.running_var.value.values()};
  for (double& v : out.std) v = std::sqrt(v + kEps);
  return out;
}

Tensor statistics_distance(const Tensor& x, const ChannelStatistics& target) {
  check(x, target);
  const std::vector<double> d = distances(measure(x), target);
  return Tensor::of<double>({static_cast<std::int64_t>(d.size())}, std::span<const double>(d));
}

Variable statistics_loss(const Variable& x, const ChannelStatistics& target) {
  check(x.value(), target);
  const Tensor value = x.value();
  Measured m = measure(value);
  double total = 0;
  for (const double d : distances(m, target)) total += d;
  const Tensor loss = Tensor::scalar(total / static_cast<double>(m.images), value.dtype());
  // d mean / dx = 1/M, d std / dx = (x - mean) / ((M - 1) std)
  return autograd::record(
      "bn_statistics", loss, {x},
      [value, target, m = std::move(m)](const Tensor& dy, autograd::GradSlots& dx) {
        if (!dx.wants(0)) return;
        const std::int64_t C = m.channels, M = m.positions;
        const double scale = 2.0 * dy.item() / static_cast<double>(m.images * C);
        Tensor grad = Tensor::empty(value.shape(), value.dtype());
        core::dispatch_float("bn_statistics", value.dtype(), [&](auto zero) {
          using T = decltype(zero);
          const T* from = value.data<T>().data();
          T* to = grad.writable<T>().data();
          core::parallel_for(m.images, grain(M * C), [&](std::int64_t begin, std::int64_t end) {
            std::vector<double> base(static_cast<std::size_t>(C)), slope(base.size());
            for (std::int64_t n = begin; n < end; ++n) {
              for (std::int64_t c = 0; c < C; ++c) {
                const auto k = static_cast<std::size_t>(c),
                           nc = static_cast<std::size_t>(n * C + c);
                base[k] = scale * (m.mean[nc] - target.mean[k]) / static_cast<double>(M);
                slope[k] = scale * (m.std[nc] - target.std[k]) / (unbiased_divisor(M) * m.std[nc]);
                base[k] -= slope[k] * m.mean[nc];
              }
              for (std::int64_t p = 0; p < M; ++p) {
                const std::int64_t at = (n * M + p) * C;
                for (std::int64_t c = 0; c < C; ++c) {
                  const auto k = static_cast<std::size_t>(c);
                  to[at + c] =
                      static_cast<T>(base[k] + slope[k] * static_cast<double>(from[at + c]));
                }
              }
            }
          });
        });
        dx.add(0, grad);
      });
}

}  // namespace quant
