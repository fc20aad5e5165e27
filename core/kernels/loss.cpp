#include "core/kernels/loss.h"

#include <cmath>

#include "core/kernels/map.h"
#include "core/kernels/softmax.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kRows = 16;  // rows worth a thread

/// Mean over rows of fn(row), each computed on its own, summed in order.
template <class Fn>
double mean_of_rows(std::int64_t rows, Fn&& fn) {
  std::vector<double> value(static_cast<std::size_t>(rows));
  parallel_for(rows, kRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) value[static_cast<std::size_t>(r)] = fn(r);
  });
  double sum = 0;
  for (const double v : value) sum += v;
  return sum / static_cast<double>(rows);
}

}  // namespace

RowLoss cross_entropy(const Tensor& logits, const Tensor& labels, double smoothing) {
  const Shape& shape = logits.shape();
  require("cross_entropy", shape.rank() == 2 && shape.numel() > 0,
          "logits must be (N, C) and not empty; got logits {}", shape);
  require("cross_entropy", labels.shape() == Shape({shape[0]}),
          "labels must be (N) with N rows of logits; got labels {}, logits {}", labels.shape(),
          shape);
  require("cross_entropy", smoothing >= 0 && smoothing <= 1,
          "label smoothing must lie in [0, 1]; got {}", smoothing);
  const std::int64_t rows = shape[0], classes = shape[1];
  const std::span<const std::int64_t> label = labels.data<std::int64_t>();
  for (std::size_t i = 0; i < label.size(); ++i) {
    require("cross_entropy", label[i] >= 0 && label[i] < classes,
            "labels must lie in [0, {}); got label {} at {}", classes, label[i], i);
  }
  const Tensor log_q = log_softmax(logits);
  const double mean = dispatch_float("cross_entropy", logits.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* q = log_q.data<T>().data();
    return mean_of_rows(rows, [&](std::int64_t r) {
      const T* row = q + r * classes;
      double all = 0;
      if (smoothing > 0) {
        for (std::int64_t c = 0; c < classes; ++c) all += static_cast<double>(row[c]);
      }
      const double own = static_cast<double>(row[label[static_cast<std::size_t>(r)]]);
      const double spread = smoothing > 0 ? smoothing / static_cast<double>(classes) * all : 0.0;
      return -(1 - smoothing) * own - spread;
    });
  });
  return {Tensor::scalar(mean, logits.dtype()), log_q};
}

Tensor cross_entropy_backward(double dy, const Tensor& log_q, const Tensor& labels,
                              double smoothing) {
  const std::int64_t rows = log_q.shape()[0], classes = log_q.shape()[1];
  const std::span<const std::int64_t> label = labels.data<std::int64_t>();
  Tensor grad = exp(log_q);
  dispatch_float("cross_entropy", log_q.dtype(), [&](auto type) {
    using T = decltype(type);
    T* g = grad.writable<T>().data();
    const T factor = static_cast<T>(dy / static_cast<double>(rows));
    const T spread = static_cast<T>(smoothing / static_cast<double>(classes));
    const T own = static_cast<T>(1 - smoothing);
    parallel_for(rows, kRows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        T* row = g + r * classes;
        row[label[static_cast<std::size_t>(r)]] -= own;
        for (std::int64_t c = 0; c < classes; ++c) row[c] = factor * (row[c] - spread);
      }
    });
  });
  return grad;
}

RowLoss kl_divergence(const Tensor& p, const Tensor& logits, double temperature) {
  require("kl_divergence", temperature > 0, "the temperature must be positive; got {}",
          temperature);
  require("kl_divergence", p.shape() == logits.shape() && p.dtype() == logits.dtype(),
          "p must match the logits; got p {} {}, logits {} {}", p.dtype(), p.shape(),
          logits.dtype(), logits.shape());
  require("kl_divergence", logits.shape().rank() >= 1 && logits.numel() > 0,
          "logits must be rows and not empty; got logits {}", logits.shape());
  const std::int64_t classes = logits.shape()[-1], rows = logits.numel() / classes;
  const Tensor log_q =
      log_softmax(temperature == 1.0 ? logits : affine(logits, 1.0 / temperature, 0.0));
  const double mean = dispatch_float("kl_divergence", logits.dtype(), [&](auto type) {
    using T = decltype(type);
    const T *target = p.data<T>().data(), *q = log_q.data<T>().data();
    return mean_of_rows(rows, [&](std::int64_t r) {
      double sum = 0;
      for (std::int64_t c = r * classes; c < (r + 1) * classes; ++c) {
        const double t = static_cast<double>(target[c]);
        if (t != 0) sum += t * (std::log(t) - static_cast<double>(q[c]));
      }
      return sum;
    });
  });
  return {Tensor::scalar(mean, logits.dtype()), log_q};
}

Tensor kl_divergence_backward(double dy, const Tensor& p, const Tensor& log_q, double temperature) {
  const std::int64_t classes = log_q.shape()[-1], rows = log_q.numel() / classes;
  Tensor grad = exp(log_q);
  dispatch_float("kl_divergence", log_q.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* target = p.data<T>().data();
    T* g = grad.writable<T>().data();
    const T factor = static_cast<T>(dy / (temperature * static_cast<double>(rows)));
    parallel_for(rows, kRows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        const T* t = target + r * classes;
        T* row = g + r * classes;
        double mass = 0;
        for (std::int64_t c = 0; c < classes; ++c) mass += static_cast<double>(t[c]);
        const T m = static_cast<T>(mass);
        for (std::int64_t c = 0; c < classes; ++c) row[c] = factor * (row[c] * m - t[c]);
      }
    });
  });
  return grad;
}

}  // namespace core
