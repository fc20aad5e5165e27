// Input: what a unit sees as its input while it learns.
//
// Two versions are at hand: x from the float network and x_hat from the quantised prefix (finished
// units with their hard weights).  A strategy says which of them must be kept, gives the batch of a
// step, and whether the target is the float unit on x (the default, "asymmetric" when the input is
// x_hat) or on x_hat.
#pragma once

#include <span>
#include <string_view>

#include "core/config/registry.h"
#include "core/kernels/move.h"
#include "core/rng.h"

namespace quant {

/// The rows `index` of x; nothing where x is empty.
inline core::Tensor rows_at(const core::Tensor& x, std::span<const std::int64_t> index) {
  return x.numel() > 0 ? core::gather_rows(x, index) : core::Tensor();
}

class Input {
 public:
  static constexpr std::string_view kind = "input";
  virtual ~Input() = default;
  virtual bool wants_quantised() const { return true; }
  virtual bool wants_float() const { return false; }
  virtual bool target_of_quantised() const { return false; }
  /// The input of one step.  x_quant and x_float are the rows of the batch; one that is not wanted
  /// is empty.  progress: steps done / all steps, in [0, 1).  rng: of this step.
  virtual core::Tensor batch(const core::Tensor& x_quant, const core::Tensor& x_float,
                             double progress, const core::Rng& rng) const = 0;
  /// The same from all rows, of which `index` makes the batch.
  virtual core::Tensor batch_of(const core::Tensor& x_quant, const core::Tensor& x_float,
                                std::span<const std::int64_t> index, double progress,
                                const core::Rng& rng) const {
    return batch(rows_at(x_quant, index), rows_at(x_float, index), progress, rng);
  }
};

}  // namespace quant
