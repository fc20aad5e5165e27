// Importance: how much it costs the network to store a layer, or an output channel of it, in a
// given number of bits.
//
// A strategy gives a score Omega(b) for every part and candidate, lower is better; an Allocator
// spends the budget by them.  Everything comes from the float network, batch norms folded, on
// calibration images without labels.  A part is a whole weight, or each of its rows (the output
// channels).  What a weight is with b bits is given: ranges searched anew for every b.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/config/registry.h"
#include "core/rng.h"
#include "quant/importance/network_loss.h"

namespace quant {

struct ImportanceInputs {
  const NetworkLoss& loss;
  std::span<const int> bits;  // the candidates
  /// Q_b(W): one list a weight of the loss, one tensor a candidate.
  std::span<const std::vector<core::Tensor>> rounded;
  bool by_channel = false;
  core::Rng rng{0};
};

/// [weight][part][candidate]
using ImportanceScores = std::vector<std::vector<std::vector<double>>>;

class Importance {
 public:
  static constexpr std::string_view kind = "importance";
  virtual ~Importance() = default;
  virtual ImportanceScores operator()(const ImportanceInputs& in) const = 0;
  /// Forward passes over all images, a backward pass counting as two more: for predictions of how
  /// long a cell takes.
  virtual double passes(std::size_t weights, std::size_t candidates) const = 0;
};

/// Scores of 0 in the right form.
ImportanceScores no_scores(const ImportanceInputs& in);
/// The sum over each part of a weight, in double: one number, or one a row.
std::vector<double> part_sums(const core::Tensor& values, bool by_channel);
/// One sum over fn(a_i, b_i) a part.
template <class Fn>
std::vector<double> part_sums(const core::Tensor& a, const core::Tensor& b, bool by_channel,
                              Fn&& fn) {
  const auto x = a.data<float>(), y = b.data<float>();
  const std::size_t parts = by_channel ? static_cast<std::size_t>(a.shape()[0]) : 1;
  const std::size_t run = x.size() / parts;
  std::vector<double> out(parts, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    out[i / run] += fn(static_cast<double>(x[i]), static_cast<double>(y[i]));
  return out;
}
/// Writes the sums of a weight into the scores of one candidate.
void set_scores(ImportanceScores& scores, std::size_t weight, std::size_t candidate,
                const std::vector<double>& of_parts);

/// The key `loss` of a strategy.
LossOf read_loss(core::Params& params, const char* fallback, const char* source);

}  // namespace quant
