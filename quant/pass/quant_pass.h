// QuantPass: a forward run in which weights are replaced and activations quantised.
//
// The model itself is never changed: the same one runs plain (nn::EvalPass), observed
// (trace_pass.h, capture_pass.h) and quantised.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/kernels/mask.h"
#include "nn/pass.h"
#include "quant/grid/grid.h"
#include "quant/pass/row_parts.h"
#include "quant/pass/site_id.h"

namespace quant {

struct ActTable;

/// Fake quantisation of one activation site; step and zero point may be learned variables.
struct ActQuantiser {
  autograd::Variable scale;  // (1), or (H) per head
  core::Tensor zero;         // as scale
  Grid grid;
  bool scale_gradient = false;                          // LSQ's 1/sqrt(N qmax)
  std::optional<autograd::Variable> learned_zero = {};  // whole numbers, in place of zero
  std::shared_ptr<const ActTable> table = {};  // levels that are not evenly spaced; no zero point
  core::Tensor factor = {};                    // (C): the step of a channel is scale * factor
  bool per_head = false;                       // x is (B,H,N,d)

  /// Elements that `choice` does not take pass as they are.
  autograd::Variable operator()(const autograd::Variable& x,
                                std::optional<core::Choice> choice = std::nullopt) const;
};

/// Weights and activation quantisers by path; everything that is not set passes unchanged.
class QuantPass final : public nn::Pass {
 public:
  explicit QuantPass(core::Precision precision) : precision_(precision) {}

  /// A baked weight (no gradient) or the soft weight of one step.
  void set_parameter(const std::string& path, autograd::Variable value);
  /// The parameter at `path` is joined from parts that go by paths of their own; one that is not
  /// set keeps its float rows.
  void set_rows(const std::string& path, std::vector<RowPart> parts);
  void set_activation(const SiteId& site, ActQuantiser quantiser);
  /// nullptr when the site has none.
  const ActQuantiser* activation(const std::string& path, int operand) const;
  /// While learning: each element of an activation is quantised with probability `share` only,
  /// else passes as it is.  1 (the start) is plain quantisation.  source: Wei et al. 2022 (QDrop).
  void keep_quantised(double share, const core::Rng& rng) {
    share_ = share;
    rng_ = rng;
  }
  /// While learning: an activation is (1 - share) x + share Q(x); 1 (the start) is plain
  /// quantisation.  source: MCT (gradual activation quantisation).
  void fade_in(double share) { faded_in_ = share; }
  /// Off (the start): activation quantisers are kept but not applied.
  void quantise_activations(bool on) { activations_on_ = on; }

  autograd::Variable parameter(const nn::Module& module, const nn::Parameter& p) override;
  autograd::Variable input(const nn::Module& site, int operand,
                           const autograd::Variable& x) override;
  autograd::Variable output(const nn::Module& site, const autograd::Variable& y) override;
  core::Precision precision() const override { return precision_; }

 private:
  autograd::Variable apply(const nn::Module& site, int operand, const autograd::Variable& x) const;

  core::Precision precision_;
  bool activations_on_ = false;
  double share_ = 1, faded_in_ = 1;
  core::Rng rng_{0};  // of this step
  std::unordered_map<std::string, autograd::Variable> parameters_;
  std::unordered_map<std::string, std::vector<RowPart>> rows_;
  std::unordered_map<std::string, std::array<std::optional<ActQuantiser>, 3>>
      activations_;  // operand + 1
};

}  // namespace quant
