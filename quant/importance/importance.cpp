#include "quant/importance/importance.h"

namespace quant {

ImportanceScores no_scores(const ImportanceInputs& in) {
  ImportanceScores out;
  for (const core::Tensor& w : in.loss.floats()) {
    const std::size_t parts = in.by_channel ? static_cast<std::size_t>(w.shape()[0]) : 1;
    out.emplace_back(parts, std::vector<double>(in.bits.size(), 0.0));
  }
  return out;
}

std::vector<double> part_sums(const core::Tensor& values, bool by_channel) {
  return part_sums(values, values, by_channel, [](double x, double) { return x; });
}

void set_scores(ImportanceScores& scores, std::size_t weight, std::size_t candidate,
                const std::vector<double>& of_parts) {
  for (std::size_t part = 0; part < of_parts.size(); ++part)
    scores[weight][part][candidate] = of_parts[part];
}

LossOf read_loss(core::Params& params, const char* fallback, const char* source) {
  const std::string name = params.get<std::string>(
      "loss", fallback,
      {.doc = "kl: divergence from the outputs of the float network; ce: cross entropy to the "
              "class that it gives",
       .source = source,
       .one_of = {"kl", "ce"}});
  return name == "kl" ? LossOf::kl : LossOf::ce;
}

}  // namespace quant
