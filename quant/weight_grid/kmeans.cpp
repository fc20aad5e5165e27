// A codebook of 2^b levels by Lloyd's algorithm: every weight goes to the nearest level, every
// level to the mean of its weights, one codebook for the tensor or one for each output channel.
// Levels are in steps of the weight's range, which only sets their unit.  With `importance` means
// and errors are weighted by the mean squared gradient of the loss or the mean squared input.
// source: k-means quantisation; weighted as SqueezeLLM (diagonal Fisher).
#include <limits>

#include "quant/grid/codebook.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {
namespace {

const Codebook kLevels("kmeans", {.narrow = false, .learned = true});

struct KMeans final : WeightGrid {
  bool by_channel;
  std::string init;
  ErrorWeight weighted = ErrorWeight::none;
  int iters;

  explicit KMeans(core::Params& params)
      : by_channel(params.get<std::string>(
                       "of", "tensor",
                       {.doc = "one codebook for each weight tensor, in steps of its entries, or "
                               "one for each entry",
                        .one_of = {"tensor", "entry"}}) == "entry"),
        init(params.get<std::string>(
            "init", "best",
            {.doc = "levels to start from: equal shares of the weights, even ones, or both and the "
                    "result with less error",
             .one_of = {"best", "quantiles", "uniform"}})),
        iters(params.get<int>(
            "iters", 100, {.doc = "most steps of Lloyd's algorithm", .min = 0, .max = 100000})) {
    const std::string name = params.get<std::string>(
        "importance", "none",
        {.doc = "how much the error of a weight counts: alike; mean squared gradient of the loss "
                "(fisher); mean squared input (moments)",
         .source = "SqueezeLLM: fisher",
         .one_of = {"none", "fisher", "moments"}});
    if (name == "fisher") weighted = ErrorWeight::fisher;
    if (name == "moments") weighted = ErrorWeight::moments;
  }

  const Levels* levels() const override { return &kLevels; }
  ErrorWeight importance() const override { return weighted; }

  void fit(std::span<QuantisedWeight> weights,
           std::span<const core::Tensor> importance) const override {
    core::require("kmeans", weighted == ErrorWeight::none || importance.size() == weights.size(),
                  "there must be one importance a weight; got {} of {}", importance.size(),
                  weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i].grid.levels)
        fit_one(weights[i],
                weighted == ErrorWeight::none ? std::vector<double>() : importance[i].values());
    }
  }

 private:
  void fit_one(QuantisedWeight& w, std::vector<double> counts) const {
    std::vector<double> values = w.w.values();
    const std::vector<double> scale = w.q.scale.values();
    const std::size_t run = values.size() / scale.size(), rows = by_channel ? scale.size() : 1;
    // errors are those of the weights, not of the weights in steps
    if (counts.empty()) counts.assign(values.size(), 1.0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double s = scale[i / run];
      values[i] /= s;
      counts[i] *= s * s;
    }
    const std::size_t count = static_cast<std::size_t>(kLevels.parameters(w.grid));
    std::vector<double> all;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t length = values.size() / rows;
      const SortedValues sorted({values.data() + row * length, length},
                                {counts.data() + row * length, length});
      const std::vector<double> levels = cluster(sorted, count);
      all.insert(all.end(), levels.begin(), levels.end());
    }
    const auto width = static_cast<std::int64_t>(count);
    core::Shape shape{width};
    if (by_channel) shape = {static_cast<std::int64_t>(rows), width};
    w.q.warp = kLevels.kept(core::Tensor::of<double>(shape, all).to(w.q.scale.dtype()));
  }

  std::vector<double> cluster(const SortedValues& sorted, std::size_t count) const {
    std::vector<double> best;
    double least = std::numeric_limits<double>::infinity();
    for (const bool quantiles : {true, false}) {
      if (init != "best" && quantiles != (init == "quantiles")) continue;
      std::vector<double> levels = sorted.lloyd(start(sorted, count, quantiles), iters);
      const double error = sorted.error(levels, cuts_of(levels, Cut::middle), 1.0);
      if (best.empty() || error < least) best = std::move(levels), least = error;
    }
    return best;
  }

  static std::vector<double> start(const SortedValues& sorted, std::size_t count, bool quantiles) {
    std::vector<double> levels;
    for (std::size_t k = 0; k < count; ++k) {
      const double share = (static_cast<double>(k) + 0.5) / static_cast<double>(count);
      levels.push_back(quantiles
                           ? sorted.quantile(share)
                           : sorted.smallest() + share * (sorted.largest() - sorted.smallest()));
    }
    return levels;
  }
};

const core::Registered<WeightGrid, KMeans> kRegistered{"kmeans"};

}  // namespace
}  // namespace quant
