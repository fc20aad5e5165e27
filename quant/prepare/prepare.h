// Prepare: a change of the float network that leaves its function the same and makes it easier to
// quantise.  Options under which the function changes have a name of their own (absorb: aimet).
//
// It works on the copy that will be quantised, batch norms folded, before ranges are chosen; the
// network that it leaves is also the one that learned roundings take their targets from.  A
// strategy is stateless apart from its options.
#pragma once

#include <string>
#include <string_view>

#include "core/config/registry.h"
#include "nn/model.h"
#include "quant/grid/grid.h"
#include "quant/network/folded_norms.h"

namespace quant {

class Prepare {
 public:
  static constexpr std::string_view kind = "prepare";
  virtual ~Prepare() = default;
  /// Why it cannot work on this model, batch norms not folded, as the end of "needs ..."; empty:
  /// it can.
  virtual std::string needs(nn::Model&) const { return {}; }
  /// What of the grid of activations it does not go with, as a sentence; empty: nothing.
  virtual std::string clash(const Grid& /*act*/) const { return {}; }
  /// images: those of the calibration set that set the ranges of activations, f32 (N,H,W,C).
  /// act: their grid.  norms: of the model, kept true to it.
  virtual void apply(nn::Model& model, const core::Tensor& images, const Grid& act,
                     FoldedNorms& norms) const = 0;
};

}  // namespace quant
