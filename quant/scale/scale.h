// Scale: how steps and zero points are chosen from values, before anything is learned.
//
// A strategy is stateless apart from its options.  It is given the values that the quantiser will
// see (a weight, or a sample of an activation that holds its extremes) and a grid that is not off.
#pragma once

#include <string_view>

#include "core/config/registry.h"
#include "quant/grid/grid.h"

namespace quant {

class Scale {
 public:
  static constexpr std::string_view kind = "scale";
  virtual ~Scale() = default;
  /// One entry per channel or one for the tensor, as `grid` says.
  /// units/dtype: x f32.  throws: ShapeError for an empty x, Error when x is not finite.
  virtual QParams operator()(const core::Tensor& x, const Grid& grid) const = 0;
  /// True: the steps of a weight are set again by `on_inputs` once the layers before it are
  /// quantised, with the second moments of what then comes in.
  virtual bool needs_inputs() const { return false; }
  /// shapes: moments (G, K, K), as a Solver's; f64.
  virtual QParams on_inputs(const core::Tensor& w, const Grid& grid, const core::Tensor&) const {
    return (*this)(w, grid);
  }
};

}  // namespace quant
