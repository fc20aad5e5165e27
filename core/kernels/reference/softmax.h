// Softmax over the last axis in f64: the oracle for core/kernels/softmax.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/kernels/reference/index.h"

namespace core::reference {

/// ln softmax(x), by the row maximum.
inline Tensor log_softmax(const Tensor& x) {
  std::vector<double> y = x.values();
  const auto n = static_cast<std::size_t>(x.shape()[-1]);
  for (std::size_t row = 0; row < y.size(); row += n) {
    double top = -INFINITY, sum = 0;
    for (std::size_t j = row; j < row + n; ++j) top = std::max(top, y[j]);
    for (std::size_t j = row; j < row + n; ++j) sum += std::exp(y[j] - top);
    for (std::size_t j = row; j < row + n; ++j) y[j] = y[j] - top - std::log(sum);
  }
  return made(x.shape(), y);
}

/// dx_j = sum over i of dy_i * dy_i/dx_j with the Jacobian of softmax, y_i (delta_ij - y_j).
inline Tensor softmax_backward(const Tensor& dy, const Tensor& y) {
  std::vector<double> dx;
  const std::int64_t n = y.shape()[-1];
  for (std::int64_t k = 0; k < y.numel(); ++k) {
    double sum = 0;
    for (std::int64_t i = k / n * n; i < k / n * n + n; ++i) {
      sum += dy.at(i) * y.at(i) * ((i == k ? 1.0 : 0.0) - y.at(k));
    }
    dx.push_back(sum);
  }
  return made(y.shape(), dx);
}

/// The same for log-softmax, whose Jacobian is delta_ij - e^(y_j).
inline Tensor log_softmax_backward(const Tensor& dy, const Tensor& y) {
  std::vector<double> dx;
  const std::int64_t n = y.shape()[-1];
  for (std::int64_t k = 0; k < y.numel(); ++k) {
    double sum = 0;
    for (std::int64_t i = k / n * n; i < k / n * n + n; ++i) {
      sum += dy.at(i) * ((i == k ? 1.0 : 0.0) - std::exp(y.at(k)));
    }
    dx.push_back(sum);
  }
  return made(y.shape(), dx);
}

}  // namespace core::reference
