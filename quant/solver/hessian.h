// What the solvers share: the damped Hessian of a layer's squared error, and the quantiser of a
// part of a weight.
//
// With H the second moments of the inputs, an error d of a row costs dT H d.  An input that is
// always zero (a dead column) says nothing about its weights: they become 0 and the column that of
// the unit matrix.  source: the released code of GPTQ and OBC.
#pragma once

#include <string_view>
#include <vector>

#include "quant/variable/rounding_variable.h"

namespace quant {

struct Hessian {
  core::Tensor h;          // (K, K), f64
  std::vector<bool> dead;  // by column
};

/// The Hessian of group `group`, with damping * mean of the diagonal added to the diagonal.
/// throws: Error named `solver` when the moments are not finite.
Hessian damped_hessian(std::string_view solver, const core::Tensor& moments, std::int64_t group,
                       double damping);

/// throws: Error that says to raise the damping.
[[noreturn]] void refuse_singular(std::string_view solver);

/// The rows of a weight that read one group of inputs.
struct Rows {
  std::int64_t begin, count, columns;
};
/// throws: ShapeError when the moments do not fit the weight.
Rows rows_of_group(std::string_view solver, const QuantisedWeight& weight,
                   const core::Tensor& moments, std::int64_t group);

/// The quantiser of elements `column` of `count` rows from `begin`, one entry a row.
QParams quantiser_of_column(const QuantisedWeight& weight, const Rows& rows, std::int64_t column);
/// The quantiser of one row.
QParams quantiser_of_row(const QuantisedWeight& weight, std::int64_t row);

}  // namespace quant
