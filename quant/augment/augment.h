// Augment: how the input of a unit is disturbed while the unit learns.
//
// A strategy is a pure function of the batch and a generator, so the quantised and the float
// version of an input can be disturbed alike: rows, positions and channels are chosen by the
// generator alone.  Features are (N,H,W,C) or (B,N,C).  The target of a disturbed input is the
// float unit on the disturbed float input (`target: recompute`), or stays what it was (`target:
// keep`).
#pragma once

#include <string_view>

#include "core/config/registry.h"
#include "core/rng.h"

namespace quant {

class Augment {
 public:
  static constexpr std::string_view kind = "augment";
  virtual ~Augment() = default;
  /// False: the strategy leaves every input as it is.
  virtual bool active() const { return true; }
  /// shapes: (rows, .., C) -> the same.  throws: ShapeError for a rank that it cannot treat.
  virtual core::Tensor operator()(const core::Tensor& x, core::Rng rng) const = 0;
};

}  // namespace quant
