// Solver: how the roundings of a unit are found: by descent on learned variables (reconstruct.h),
// or for a layer at once from the second moments of its inputs.
//
// The second kind sees one weight with its frozen quantiser and H = mean x xT over the rows that an
// output reads, from the quantised prefix or the float network as learn.input says.  A strategy is
// stateless apart from its options.
#pragma once

#include <string_view>

#include "core/config/registry.h"
#include "quant/variable/rounding_variable.h"

namespace quant {

class Solver {
 public:
  static constexpr std::string_view kind = "solver";
  virtual ~Solver() = default;
  /// True: the loop of reconstruct.h finds the roundings, and `solve` is not called.
  virtual bool descends() const { return false; }
  /// Codes (s32) of the weight.  shapes: moments (G, K, K), K elements an output, G groups of
  /// outputs.  dtype: moments f64.  throws: Error when H is not finite or cannot be inverted.
  virtual core::Tensor solve(const QuantisedWeight& weight, const core::Tensor& moments) const = 0;
};

}  // namespace quant
