// Learned: what stands for the rounding of a weight while it is being learned.
//
// A strategy says how its tensors start, which fake-quantised weight they give (differentiable),
// and which codes they mean in the end.  It is stateless apart from its options: the learned
// tensors belong to the caller.  With start values and no step taken, `harden` gives exactly the
// codes of round to nearest, ties included, for every variable whose range holds them.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "autograd/variable.h"
#include "core/registry.h"
#include "quant/grid.h"

namespace quant {

/// A weight with its frozen quantiser.
struct QuantisedWeight {
  core::Tensor w;
  Grid grid;
  QParams q;
};

/// What a forward pass sees of a learned weight.
struct Softened {
  autograd::Variable weight;  // W_hat, shape of w
  std::optional<autograd::Variable>
      h;  // position between floor and ceil in [0, 1], for regularisers
};

/// The penalty lambda (1 - |2h - 1|^beta) of one weight, as numbers; lambda = 0 is none.
struct Pull {
  double lambda = 0;
  double beta = 2;
};

/// A variable in one pass each way, without a graph: the soft weight, and the gradient of the
/// learned tensor from that of the soft weight and the pull of the regulariser.  Equal to the
/// definition up to rounding.
class FusedRounding {
 public:
  virtual ~FusedRounding() = default;
  virtual core::Tensor soften(const QuantisedWeight& weight,
                              std::span<const core::Tensor> learned) const = 0;
  virtual core::Tensor gradient(const QuantisedWeight& weight,
                                std::span<const core::Tensor> learned, const core::Tensor& d_soft,
                                const Pull& pull) const = 0;
};

class Learned {
 public:
  static constexpr std::string_view kind = "variable";
  virtual ~Learned() = default;

  /// Start values; their number and shapes are the strategy's own.
  virtual std::vector<core::Tensor> init(const QuantisedWeight& weight) const = 0;
  virtual Softened soften(const QuantisedWeight& weight,
                          std::span<const autograd::Variable> learned) const = 0;
  /// Codes (s32) that the learned values decide for.
  virtual core::Tensor harden(const QuantisedWeight& weight,
                              std::span<const core::Tensor> learned) const = 0;
  /// The one-pass form (of a variable with one learned tensor), or nullptr.
  virtual const FusedRounding* fused() const { return nullptr; }
};

}  // namespace quant
