#include "quant/importance/network_loss.h"

#include <algorithm>
#include <numeric>

#include "autograd/gradients.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/kl_divergence.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "quant/pass/quant_pass.h"
#include "quant/pass/run_rows.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

/// One class a row, drawn from softmax(logits).
Tensor drawn_labels(const Tensor& logits, const core::Rng& rng) {
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  Tensor out = Tensor::empty({rows}, core::DType::s64);
  const auto z = logits.data<float>();
  const auto to = out.writable<std::int64_t>();
  for (std::int64_t n = 0; n < rows; ++n) {
    const auto row =
        z.subspan(static_cast<std::size_t>(n * classes), static_cast<std::size_t>(classes));
    const double top = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const float v : row) sum += std::exp(static_cast<double>(v) - top);
    double left = rng.stream(static_cast<std::uint64_t>(n)).uniform() * sum;
    std::int64_t k = 0;
    for (; k + 1 < classes; ++k) {
      left -= std::exp(static_cast<double>(row[static_cast<std::size_t>(k)]) - top);
      if (left < 0) break;
    }
    to[static_cast<std::size_t>(n)] = k;
  }
  return out;
}

void stop_if_asked(const core::Monitor& monitor) {
  if (monitor.stop_requested()) throw core::Interrupted("importance: stopped on request");
}

}  // namespace

NetworkLoss::NetworkLoss(nn::Forward network, Tensor images, Weights weights,
                         core::Precision precision, core::Monitor& monitor)
    : network_(std::move(network)),
      images_(std::move(images)),
      weights_(std::move(weights)),
      precision_(precision),
      monitor_(monitor) {
  core::require("importance", images_.shape().rank() > 0 && images_.shape()[0] > 0,
                "there must be images; got {}", images_.shape());
  core::require("importance", weights_.paths.size() == weights_.floats.size(),
                "there must be one path a weight; got {} and {}", weights_.paths.size(),
                weights_.floats.size());
  QuantPass pass(precision_);
  for (std::size_t i = 0; i < weights_.paths.size(); ++i)
    pass.set_parameter(weights_.paths[i], Variable(weights_.floats[i]));
  logits_ = run_rows(network_, images_, pass).to(core::DType::f32);
  labels_ = core::argmax_last(logits_);
}

NetworkLoss::Piece NetworkLoss::piece(std::int64_t begin, std::int64_t rows) const {
  return {images_.rows(begin, rows), logits_.rows(begin, rows), labels_.rows(begin, rows)};
}

Variable NetworkLoss::loss_of(LossOf what, const Piece& piece, nn::Pass& pass) const {
  const Variable logits = network_(Variable(piece.images), pass);
  return what == LossOf::kl ? autograd::kl_divergence_logits(piece.logits, logits)
                            : autograd::cross_entropy(logits, piece.labels);
}

double NetworkLoss::value(LossOf what, std::span<const Tensor> at) const {
  QuantPass pass(precision_);
  for (std::size_t i = 0; i < at.size(); ++i)
    pass.set_parameter(weights_.paths[i], Variable(at[i]));
  double sum = 0;
  for (std::int64_t begin = 0; begin < images(); begin += kPiece) {
    stop_if_asked(monitor_);
    const std::int64_t rows = std::min(kPiece, images() - begin);
    sum += static_cast<double>(rows) * loss_of(what, piece(begin, rows), pass).value().item();
  }
  return sum / static_cast<double>(images());
}

std::vector<Tensor> NetworkLoss::gradient(LossOf what, std::span<const Tensor> at,
                                          std::span<const std::size_t> wrt) const {
  std::vector<Tensor> out;
  for (std::int64_t begin = 0; begin < images(); begin += kScoredRows) {
    stop_if_asked(monitor_);
    const std::int64_t rows = std::min(kScoredRows, images() - begin);
    QuantPass pass(precision_);
    for (std::size_t i = 0; i < at.size(); ++i)
      pass.set_parameter(weights_.paths[i], Variable(at[i]));
    std::vector<Variable> leaves;
    for (const std::size_t i : wrt) {
      leaves.emplace_back(at[i], true);
      pass.set_parameter(weights_.paths[i], leaves.back());
    }
    const std::vector<Tensor> grads =
        autograd::gradients(loss_of(what, piece(begin, rows), pass), leaves);
    const double share = static_cast<double>(rows) / static_cast<double>(images());
    for (std::size_t k = 0; k < grads.size(); ++k) {
      if (begin == 0) out.push_back(Tensor::zeros(grads[k].shape(), grads[k].dtype()));
      core::accumulate(out[k], grads[k], share);
    }
  }
  return out;
}

std::vector<Tensor> NetworkLoss::gradient(LossOf what, std::span<const Tensor> at) const {
  std::vector<std::size_t> all(at.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return gradient(what, at, all);
}

std::vector<Tensor> NetworkLoss::squared_gradients(const core::Rng* labels) const {
  const Tensor classes = labels ? drawn_labels(logits_, *labels) : labels_;
  std::vector<Tensor> out;
  for (const Tensor& w : weights_.floats) out.push_back(Tensor::zeros(w.shape(), w.dtype()));
  for (std::int64_t n = 0; n < images(); ++n) {
    stop_if_asked(monitor_);
    QuantPass pass(precision_);
    std::vector<Variable> leaves;
    for (std::size_t i = 0; i < weights_.floats.size(); ++i) {
      leaves.emplace_back(weights_.floats[i], true);
      pass.set_parameter(weights_.paths[i], leaves.back());
    }
    Piece one = piece(n, 1);
    one.labels = classes.rows(n, 1);
    const std::vector<Tensor> grads = autograd::gradients(loss_of(LossOf::ce, one, pass), leaves);
    for (std::size_t i = 0; i < grads.size(); ++i)
      core::accumulate(out[i], core::mul(grads[i], grads[i]), 1.0 / static_cast<double>(images()));
  }
  return out;
}

}  // namespace quant
