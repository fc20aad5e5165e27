// Omega(b) = the loss of the network with only this part rounded to b bits, everything else float:
// KL from the float network, or how much the cross entropy to its class rises; at least `floor`.
// source: CalibTIP, MQBench, AIMET and MCT (sensitivity of single layers); floor 1e-6: CalibTIP.
#include <algorithm>

#include "quant/importance/importance.h"

namespace quant {
namespace {

struct OneAtATime final : Importance {
  LossOf metric;
  double floor;

  explicit OneAtATime(core::Params& params)
      : metric(params.get<std::string>("metric", "kl",
                                       {.doc = "kl: divergence from the float network; loss: rise "
                                               "of the cross entropy to the class that it gives",
                                        .source = "MQBench, MCT: kl; CalibTIP: loss",
                                        .one_of = {"kl", "loss"}}) == "kl"
                   ? LossOf::kl
                   : LossOf::ce),
        floor(params.get<double>(
            "floor", 1e-6, {.doc = "smallest score", .source = "CalibTIP", .min = 0, .max = 1})) {}

  ImportanceScores operator()(const ImportanceInputs& in) const override {
    ImportanceScores out = no_scores(in);
    const std::vector<core::Tensor>& floats = in.loss.floats();
    const double base = metric == LossOf::kl ? 0.0 : in.loss.value(metric, floats);
    for (std::size_t i = 0; i < out.size(); ++i) {
      for (std::size_t part = 0; part < out[i].size(); ++part) {
        for (std::size_t c = 0; c < in.bits.size(); ++c) {
          std::vector<core::Tensor> at = floats;
          const auto row = static_cast<std::int64_t>(part);
          if (in.by_channel)
            at[i].write_rows(row, in.rounded[i][c].rows(row, 1));
          else
            at[i] = in.rounded[i][c];
          out[i][part][c] = std::max(in.loss.value(metric, at) - base, floor);
        }
      }
    }
    return out;
  }
  double passes(std::size_t weights, std::size_t candidates) const override {
    return static_cast<double>(weights) * static_cast<double>(candidates);
  }
};

const core::Registered<Importance, OneAtATime> kRegistered{"one_at_a_time"};

}  // namespace
}  // namespace quant
