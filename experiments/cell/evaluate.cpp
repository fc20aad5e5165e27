#include "experiments/cell/evaluate.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace experiments {
namespace {

constexpr std::int64_t kNotFinite = -1;

/// Index of the largest logit (the first of equals), or kNotFinite.
std::int64_t answer(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    if (!std::isfinite(logits[c])) return kNotFinite;
    if (logits[c] > logits[best]) best = c;
  }
  return static_cast<std::int64_t>(best);
}

}  // namespace

Accuracy evaluate(nn::Model& model, nn::Pass& pass, const data::Dataset& dataset,
                  const EvalOptions& options, core::Monitor& monitor) {
  const std::int64_t available = dataset.size(options.split);
  core::require_input("eval.count", options.count <= available,
                      "must not exceed the {} images of split {}; got {}", available,
                      data::name_of(options.split), options.count);
  Accuracy out;
  out.images = options.count > 0 ? options.count : available;
  out.bits.assign(static_cast<std::size_t>((out.images + 7) / 8), 0);
  const data::Normalisation normalisation = dataset.normalisation();
  for (std::int64_t begin = 0; begin < out.images; begin += options.batch) {
    if (monitor.stop_requested()) throw core::Interrupted("evaluate: stopped");
    std::vector<std::int64_t> index(
        static_cast<std::size_t>(std::min(options.batch, out.images - begin)));
    std::iota(index.begin(), index.end(), begin);
    const core::Tensor images =
        data::normalise(dataset.pixels(options.split, index), normalisation);
    const core::Tensor labels = dataset.labels(options.split, index);
    const core::Tensor logits = model.forward(autograd::Variable(images), pass).value();
    const auto classes = static_cast<std::size_t>(logits.shape()[-1]);
    const std::span<const float> all = logits.data<float>();
    for (std::size_t i = 0; i < index.size(); ++i) {
      const std::int64_t said = answer(all.subspan(i * classes, classes));
      if (said == kNotFinite) ++out.not_finite;
      if (said != labels.data<std::int64_t>()[i]) continue;
      ++out.correct;
      out.bits[static_cast<std::size_t>(index[i] / 8)] |=
          static_cast<std::uint8_t>(1u << (index[i] % 8));
    }
    monitor.report("evaluate", begin + static_cast<std::int64_t>(index.size()), out.images,
                   std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

}  // namespace experiments
