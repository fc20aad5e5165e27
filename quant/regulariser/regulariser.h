// Regulariser: what is added to the reconstruction loss so that relaxed roundings end at 0 or 1.
//
// Given the positions h of all weights of a unit and how far the learning is.  Not part of the
// reported reconstruction loss.  Variables that are hard anyway give no h; a regulariser beside one
// would do nothing, so `check_regulariser` refuses the pair.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "autograd/variable.h"
#include "core/config/registry.h"
#include "quant/variable/rounding_variable.h"

namespace quant {

class Regulariser {
 public:
  static constexpr std::string_view kind = "regulariser";
  virtual ~Regulariser() = default;
  /// A scalar, or nothing when it is off at this step.  step counts from 0; step < total.
  virtual std::optional<autograd::Variable> operator()(std::span<const autograd::Variable> h,
                                                       std::int64_t step,
                                                       std::int64_t total) const = 0;
  /// True when the regulariser is a Pull on every weight, for fused kernels.
  virtual bool has_pull() const { return false; }
  virtual Pull pull(std::int64_t /*step*/, std::int64_t /*total*/) const { return {}; }
  /// False when it never does anything.
  virtual bool active() const { return true; }
  /// Weights whose h is within this distance of 0 or 1 stop moving at this step; nothing: none do.
  virtual std::optional<double> freeze(std::int64_t /*step*/, std::int64_t /*total*/) const {
    return std::nullopt;
  }
};

/// Empty when the two fit; else why not.
inline std::string check_regulariser(const RoundingVariable& variable,
                                     const Regulariser& regulariser) {
  if (variable.has_h() || !regulariser.active()) return {};
  return "the variable is hard at every step and has no position between two codes that a "
         "regulariser could drive; use the regulariser none";
}

}  // namespace quant
