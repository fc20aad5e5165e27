// lambda * sum over weights of 1 - |2h - 1|^beta, beta falling from 20 to 2 after a warm-up.
// source: Nagel et al. 2020 (AdaRound), eq. 24; constants of AIMET and BRECQ.
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/round_penalty.h"
#include "quant/regulariser/beta_schedule.h"
#include "quant/regulariser/regulariser.h"

namespace quant {
namespace {

struct AdaRound final : Regulariser {
  double lambda;
  BetaSchedule beta;

  explicit AdaRound(core::Params& params)
      : lambda(params.get<double>(
            "lambda", 0.01,
            {.doc = "weight of the regulariser", .source = "AIMET, BRECQ", .min = 0})) {
    beta.start = params.get<double>(
        "beta_start", beta.start,
        {.doc = "exponent after the warm-up", .source = "AIMET, BRECQ", .min = 1, .max = 100});
    beta.end = params.get<double>(
        "beta_end", beta.end,
        {.doc = "exponent at the last step", .source = "AIMET, BRECQ", .min = 1, .max = 100});
    beta.shape = params.get<std::string>("schedule", beta.shape,
                                         {.doc = "how the exponent falls; const holds beta_end",
                                          .source = "linear: BRECQ, QDrop; cosine: AIMET",
                                          .one_of = {"linear", "cosine", "const"}});
    beta.warm_up = params.get<double>("warm_up", beta.warm_up,
                                      {.doc = "share of the steps without regulariser",
                                       .source = "AIMET, BRECQ",
                                       .min = 0,
                                       .max = 1});
  }

  std::optional<autograd::Variable> operator()(std::span<const autograd::Variable> h,
                                               std::int64_t step,
                                               std::int64_t total) const override {
    const std::optional<double> exponent = beta.at(step, total);
    if (!exponent || h.empty()) return std::nullopt;
    autograd::Variable sum = autograd::round_penalty(h[0], *exponent);
    for (std::size_t i = 1; i < h.size(); ++i)
      sum = autograd::add(sum, autograd::round_penalty(h[i], *exponent));
    return autograd::affine(sum, lambda, 0.0);
  }

  bool has_pull() const override { return true; }
  Pull pull(std::int64_t step, std::int64_t total) const override {
    const std::optional<double> exponent = beta.at(step, total);
    return exponent ? Pull{lambda, *exponent} : Pull{};
  }
};

const core::Registered<Regulariser, AdaRound> kRegistered{"adaround"};

}  // namespace
}  // namespace quant
