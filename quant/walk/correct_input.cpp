#include "quant/walk/correct_input.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "autograd/gradients.h"
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/sub.h"
#include "nn/layers/batch_norm2d.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/plateau_rule.h"
#include "quant/calibration/bn_statistics.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr double kDrop = 0.1;            // source: PD-Quant code
constexpr double kLeastRate = 1e-5;      // source: PD-Quant code
constexpr std::int64_t kPatience = 100;  // source: PD-Quant code

/// Sums the distances at all batch normalisations, channels added up.
struct StatisticsPass final : nn::EvalPass {
  std::optional<Variable> loss;
  void batch_norm_input(const nn::BatchNorm2d& bn, const Variable& x) override {
    const ChannelStatistics target = running_statistics(bn);
    const auto channels = static_cast<double>(target.mean.size());
    // statistics_loss averages over the channels
    const Variable own = autograd::affine(statistics_loss(x, target), channels, 0.0);
    loss = loss ? autograd::add(*loss, own) : own;
  }
};

/// |x - start|^2 / lambda_c in the reference normalisation.
Variable distance(const Variable& x, const Tensor& start, double lambda_c) {
  const Variable d = autograd::sub(x, Variable(start));
  const double rows = static_cast<double>(start.numel() / start.shape()[-1]);
  return autograd::affine(autograd::sum_all(autograd::mul(d, d)), 1.0 / (rows * lambda_c), 0.0);
}

/// Nothing when no batch normalisation ran.
std::optional<Tensor> corrected(const nn::Forward& block, const Tensor& start,
                                const BnCorrection& options, core::Monitor* monitor) {
  core::Params none(core::Value(core::Value::Map{}));
  const auto optimizer = core::Registry<nn::Optimizer>::create("adam", none);
  nn::PlateauRule plateau{.patience = kPatience};
  double rate = options.lr;
  // a copy of its own, since the optimizer writes in place
  Tensor x = Tensor::of<float>(start.shape(), start.data<float>());
  Tensor* const value = &x;
  for (std::int64_t i = 0; i < options.iters; ++i) {
    if (monitor && monitor->stop_requested())
      throw core::Interrupted(fmt::format("stopped in the correction of inputs, step {}", i));
    double loss = 0;
    Tensor gradient;
    {
      const Variable leaf(x, true);
      StatisticsPass pass;
      block(leaf, pass);
      if (!pass.loss) return std::nullopt;
      const Variable total = autograd::add(*pass.loss, distance(leaf, start, options.lambda_c));
      loss = total.value().item();
      if (!std::isfinite(loss))
        throw core::Error(fmt::format("bn_correction: the loss is not finite at step {}", i));
      gradient = autograd::gradients(total, std::span(&leaf, 1))[0];
    }
    optimizer->step(std::span(&value, 1), std::span(&gradient, 1), rate);
    if (plateau.falls(loss)) rate = std::max(kDrop * rate, kLeastRate);
  }
  return x;
}

}  // namespace

Tensor correct_input(const nn::Forward& block, const Tensor& x, const BnCorrection& options,
                     core::Monitor* monitor, const core::Scratch& scratch) {
  const std::int64_t rows = x.shape()[0];
  Tensor out = scratch.make(x.shape(), x.dtype());
  for (std::int64_t begin = 0; begin < rows; begin += options.batch) {
    const std::optional<Tensor> part =
        corrected(block, x.rows(begin, std::min(options.batch, rows - begin)), options, monitor);
    if (!part) return x;
    out.write_rows(begin, *part);
    if (monitor)
      monitor->report("correct inputs", begin + part->shape()[0], rows,
                      std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

}  // namespace quant
