// Normalisation in f64 by its definition: the oracle for core/kernels/norm.
//
// Both norms are one function: elements belong to groups (a channel for batch norm, a row for layer
// norm), each group is standardised, and the affine part is per channel.
#pragma once

#include <cmath>

#include "core/kernels/norm.h"
#include "core/kernels/reference/index.h"

namespace core::reference {

enum class Group { channel, row };

inline std::size_t group_of(Group g, std::int64_t i, std::int64_t channels) {
  return static_cast<std::size_t>(g == Group::channel ? i % channels : i / channels);
}

inline NormResult normalise(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                            Group group) {
  const std::int64_t channels = x.shape()[-1], rows = x.numel() / channels;
  const std::int64_t groups = group == Group::channel ? channels : rows;
  const double count = static_cast<double>(x.numel() / groups);
  std::vector<double> mean(static_cast<std::size_t>(groups)), inv(mean.size()), y;
  for (std::int64_t i = 0; i < x.numel(); ++i)
    mean[group_of(group, i, channels)] += x.at(i) / count;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::size_t g = group_of(group, i, channels);
    inv[g] += (x.at(i) - mean[g]) * (x.at(i) - mean[g]) / count;
  }
  for (double& v : inv) v = 1.0 / std::sqrt(v + eps);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::size_t g = group_of(group, i, channels);
    y.push_back((x.at(i) - mean[g]) * inv[g] * gamma.at(i % channels) + beta.at(i % channels));
  }
  return {made(x.shape(), y), made(Shape{groups}, mean), made(Shape{groups}, inv)};
}

/// The chain rule through mean and variance, statistics recomputed from x.
inline NormGrads normalise_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                                    double eps, Group group) {
  const std::int64_t channels = x.shape()[-1];
  const Tensor beta = Tensor::zeros(gamma.shape(), DType::f64);
  const NormResult forward = normalise(x, gamma, beta, eps, group);
  const std::int64_t groups = forward.mean.numel();
  const double count = static_cast<double>(x.numel() / groups);
  std::vector<double> sum(static_cast<std::size_t>(groups)), product(sum.size()), normal, dx;
  std::vector<double> dgamma(static_cast<std::size_t>(channels)), dbeta(dgamma.size());
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::size_t g = group_of(group, i, channels);
    const auto c = static_cast<std::size_t>(i % channels), k = static_cast<std::size_t>(i);
    normal.push_back((x.at(i) - forward.mean.at(static_cast<std::int64_t>(g))) *
                     forward.inv_std.at(static_cast<std::int64_t>(g)));
    const double through = dy.at(i) * gamma.at(i % channels);
    sum[g] += through;
    product[g] += through * normal[k];
    dgamma[c] += dy.at(i) * normal[k];
    dbeta[c] += dy.at(i);
  }
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::size_t g = group_of(group, i, channels);
    dx.push_back(forward.inv_std.at(static_cast<std::int64_t>(g)) *
                 (dy.at(i) * gamma.at(i % channels) - sum[g] / count -
                  normal[static_cast<std::size_t>(i)] * product[g] / count));
  }
  return {made(x.shape(), dx), made(gamma.shape(), dgamma), made(gamma.shape(), dbeta)};
}

}  // namespace core::reference
