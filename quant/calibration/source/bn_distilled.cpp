// Images distilled from the network itself: noise, changed by gradient steps until the statistics
// of every image at the inputs of the batch normalisations are the running ones and those of the
// image are 0 and 1 per channel.  No data are needed; a network without batch normalisation is
// refused.
//
// Images are independent of each other but for the rate, which a batch shares: it falls to a tenth
// when the loss has not fallen by 1e-4 of itself for more than `patience` steps.
// source: ZeroQ (2001.00281), algorithm 1, and its released code: Adam, rate 0.5, 500 steps,
// plateau with patience 100 down to 1e-4.
// deviation: its code sums the terms of the network over the images of a batch and averages the
// term of the image itself over them, so that the batch size weighs one against the other; here all
// are averages over images and channels, and there is no early end.
#include <algorithm>
#include <cmath>

#include "autograd/gradients.h"
#include "core/kernels/map.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/plateau_rule.h"
#include "quant/calibration/bn_statistics.h"
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

constexpr double kDrop = 0.1;  // of the rate, where the loss stays; source: ZeroQ code
constexpr std::string_view kName = "bn_distilled";

struct BnDistilled final : CalibrationSource {
  std::int64_t iters, batch, patience;
  double lr, min_lr;

  explicit BnDistilled(core::Params& params)
      : iters(params.get<std::int64_t>(
            "iters", 500, {.doc = "gradient steps", .source = "2001.00281", .min = 0})),
        batch(params.get<std::int64_t>(
            "batch", 32, {.doc = "images distilled at a time", .min = 1, .max = 65536})),
        patience(params.get<std::int64_t>("patience", 100,
                                          {.doc = "steps without progress before the rate falls",
                                           .source = "2001.00281",
                                           .min = 0})),
        lr(params.get<double>("lr", 0.5,
                              {.doc = "rate of Adam", .source = "2001.00281", .min = 0.0})),
        min_lr(params.get<double>("min_lr", 1e-4,
                                  {.doc = "least rate", .source = "2001.00281", .min = 0.0})) {}

  bool selects() const override { return false; }
  Needs needs() const override { return {.batch_norm = true}; }
  void check(const CalibrationSet&, const CalibrationRequest& request) const override {
    require_view(kName, needs(), request, false);
  }

  Calibration draw(const CalibrationSet&, const CalibrationRequest& request,
                   core::Rng rng) const override {
    require_view(kName, needs(), request, true);
    core::Tensor images = rng.stream("noise").normal(images_shape(request), 0.0, 1.0);
    const std::size_t row = images.byte_size() / static_cast<std::size_t>(request.count);
    for (std::int64_t begin = 0; begin < request.count; begin += batch) {
      const core::Tensor part =
          distil(images.rows(begin, std::min(batch, request.count - begin)), request, begin);
      std::copy_n(part.raw(), part.byte_size(),
                  images.raw_writable() + static_cast<std::size_t>(begin) * row);
    }
    return made_images(images);
  }

 private:
  core::Tensor distil(const core::Tensor& start, const CalibrationRequest& request,
                      std::int64_t first) const {
    core::Tensor images = core::Tensor::of<float>(start.shape(), start.data<float>());
    const auto channels = static_cast<std::size_t>(images.shape()[-1]);
    const ChannelStatistics standard{std::vector(channels, 0.0), std::vector(channels, 1.0)};
    core::Params none(core::Value(core::Value::Map{}));
    const auto optimizer = core::Registry<nn::Optimizer>::create("adam", none);
    nn::PlateauRule plateau{.patience = patience};
    double rate = lr;
    core::Tensor* const value = &images;
    for (std::int64_t i = 0; i < iters; ++i) {
      core::Tensor gradient;
      double loss = request.view->bn_loss(images, gradient);
      {
        const autograd::Variable x(images, true);
        const autograd::Variable own = statistics_loss(x, standard);
        core::accumulate(gradient, autograd::gradients(own, std::span(&x, 1))[0]);
        loss += own.value().item();
      }
      if (!std::isfinite(loss))
        throw core::Error(fmt::format("{}: the loss is not finite at step {}", kName, i));
      optimizer->step(std::span(&value, 1), std::span(&gradient, 1), rate);
      if (plateau.falls(loss)) rate = std::max(kDrop * rate, min_lr);
      report_progress(request, kName, first * iters + (i + 1) * images.shape()[0],
                      request.count * iters, loss);
    }
    return images;
  }
};

const core::Registered<CalibrationSource, BnDistilled> kRegistered{"bn_distilled"};

}  // namespace
}  // namespace quant
