// RoundingVariable: what stands for the rounding of a weight while it is being learned.
//
// A strategy says how its tensors start, which fake-quantised weight they give (differentiable),
// and which codes they mean in the end.  It is stateless apart from its options: the learned
// tensors belong to the caller.  With start values and no step taken, `harden` gives exactly the
// codes of round to nearest, ties included, for every variable whose range holds them.  Step and
// zero point may be learned beside the rounding; they then come in through `Softening`.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "autograd/variable.h"
#include "core/config/registry.h"
#include "core/rng.h"
#include "quant/grid/quantised_weight.h"

namespace quant {

/// Under which conditions a weight is softened.
struct Softening {
  double progress = 0;                        // step / total in [0, 1], for annealed temperatures
  std::optional<core::Rng> rng = {};          // of this weight and step; none = without noise
  const autograd::Variable* scale = nullptr;  // learned, in place of q.scale; same shape
  const autograd::Variable* zero = nullptr;   // learned, whole numbers, in place of q.zero
  const autograd::Variable* warp = nullptr;   // learned, in place of q.warp
};

/// What a forward pass sees of a learned weight.
struct Softened {
  autograd::Variable weight;  // W_hat, shape of w
  std::optional<autograd::Variable>
      h;  // position between floor and ceil in [0, 1], for regularisers
};

/// The penalty of one weight, as numbers; lambda = 0 is none.
struct Pull {
  enum class Shape {
    power,   // lambda (1 - |2h - 1|^beta)
    entropy  // -lambda (h ln h + (1 - h) ln(1 - h))
  };
  double lambda = 0;
  double beta = 2;
  Shape shape = Shape::power;
};
/// The entropy is flat for h this close to 0 and 1, where its slope would be infinite.
inline constexpr double kEntropyEdge = 1e-6;

/// A variable in one pass each way, without a graph: the soft weight, and the gradients of the
/// learned tensors from that of the soft weight and the pull of the regulariser.  Equal to the
/// definition up to rounding.  For frozen steps and zero points of uniform grids only: those of
/// `at` must be null.
class FusedRounding {
 public:
  virtual ~FusedRounding() = default;
  virtual core::Tensor soften(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                              const Softening& at) const = 0;
  virtual std::vector<core::Tensor> gradient(const QuantisedWeight& weight,
                                             std::span<const core::Tensor> learned,
                                             const Softening& at, const core::Tensor& d_soft,
                                             const Pull& pull) const = 0;
};

class RoundingVariable {
 public:
  static constexpr std::string_view kind = "variable";
  virtual ~RoundingVariable() = default;

  /// Start values; their number and shapes are the strategy's own.
  virtual std::vector<core::Tensor> init(const QuantisedWeight& weight) const = 0;
  virtual Softened soften(const QuantisedWeight& weight,
                          std::span<const autograd::Variable> learned,
                          const Softening& at) const = 0;
  /// Codes (s32) that the learned values decide for.  `grid` is what they will stand on: weight.q
  /// or the learned step and zero point.
  virtual core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                              const QParams& grid) const = 0;
  core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned) const {
    return harden(weight, learned, weight.q);
  }
  /// True when `soften` gives h: only then has a regulariser something to act on.
  virtual bool has_h() const { return false; }
  /// The largest grid that the variable can hold.
  virtual int most_bits() const { return 8; }
  /// False when the variable takes levels to be evenly spaced.
  virtual bool takes_levels() const { return true; }
  /// The one-pass form, or nullptr.
  virtual const FusedRounding* fused() const { return nullptr; }
};

}  // namespace quant
