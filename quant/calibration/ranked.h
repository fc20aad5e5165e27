// Ranked: takes the images of a pool whose score under the float network is largest.
//
// Equal scores go to the image that the pool's random order puts first.  The result keeps that
// order, so its first images are not the most extreme ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>

#include "quant/calibration/candidates.h"

namespace quant {

/// Logits of one image and its label (-1 when no label was asked for).
struct LogitRow {
  std::span<const float> logits;
  std::int64_t label = -1;

  double largest() const { return *std::max_element(logits.begin(), logits.end()); }
  /// ln(sum exp(l - largest)): exact where the softmax is nearly one-hot, unlike ln(p).
  double log_sum() const {
    const auto top = std::max_element(logits.begin(), logits.end());
    double rest = 0;
    for (auto l = logits.begin(); l != logits.end(); ++l) {
      if (l != top) rest += std::exp(static_cast<double>(*l) - *top);
    }
    return std::log1p(rest);
  }
  /// ln of the largest softmax value: as good as the value for ranking.
  double log_confidence() const { return -log_sum(); }
  /// -sum p ln p
  double entropy() const {
    const double top = largest(), sum = log_sum();
    double out = sum;
    for (const float l : logits) out += std::exp(l - top - sum) * (top - l);
    return out;
  }
  /// -ln p(label)
  double loss() const {
    return largest() - static_cast<double>(logits[static_cast<std::size_t>(label)]) + log_sum();
  }
};

class Ranked : public CalibrationSet {
 public:
  Needs needs() const final { return {.logits = true}; }
  void check(const CalibrationRequest& request) const final {
    CalibrationSet::check(request);
    pool_.check(name_, request);
    core::require_input(name_, !labels_ || request.own_labels,
                        "needs labels that are classes of the network; this source has others");
  }

  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const final {
    require_view(name_, needs(), request, true);
    const std::vector<std::int64_t> pool = pool_.draw(request, rng);
    const core::Tensor logits = rows_of_images(
        name_, request, pool, [&](const core::Tensor& x) { return request.view->logits(x); });
    core::Tensor labels;
    if (labels_) labels = request.dataset.labels(request.split, pool);
    const auto classes = static_cast<std::size_t>(logits.shape()[1]);
    std::vector<double> scores(pool.size());
    for (std::size_t i = 0; i < pool.size(); ++i) {
      scores[i] = score({.logits = logits.data<float>().subspan(i * classes, classes),
                         .label = labels_ ? labels.data<std::int64_t>()[i] : -1});
    }
    std::vector<std::size_t> place(pool.size());
    std::iota(place.begin(), place.end(), std::size_t{0});
    std::stable_sort(place.begin(), place.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    place.resize(static_cast<std::size_t>(request.count));
    std::sort(place.begin(), place.end());
    std::vector<std::int64_t> index;
    for (const std::size_t p : place) index.push_back(pool[p]);
    return index;
  }

 protected:
  Ranked(std::string_view name, core::Params& params, bool labels = false)
      : name_(name), pool_(params), labels_(labels) {}
  /// Larger is taken first.
  virtual double score(const LogitRow& row) const = 0;

 private:
  std::string_view name_;
  CandidatePool pool_;
  bool labels_;
};

}  // namespace quant
