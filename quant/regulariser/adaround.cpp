// lambda * sum over weights of 1 - |2h - 1|^beta, beta falling from 20 to 2 after a warm-up.
// source: Nagel et al. 2020 (AdaRound), eq. 24; constants of AIMET and BRECQ.
#include "quant/regulariser/beta_schedule.h"
#include "quant/regulariser/pulling.h"

namespace quant {
namespace {

struct AdaRound final : Pulling {
  BetaSchedule beta;

  explicit AdaRound(core::Params& params) : Pulling(params) {
    beta.warm_up = warm_up();
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
    beta.on_in_warm_up =
        params.get<bool>("on_in_warmup", beta.on_in_warm_up,
                         {.doc = "the regulariser acts with beta_start during the warm-up too",
                          .source = "MCT: true; AIMET, BRECQ: false"});
  }

  Pull pull(std::int64_t step, std::int64_t total) const override {
    const std::optional<double> exponent = beta.at(step, total);
    return exponent ? Pull{.lambda = lambda(), .beta = *exponent} : Pull{};
  }
};

const core::Registered<Regulariser, AdaRound> kRegistered{"adaround"};

}  // namespace
}  // namespace quant
