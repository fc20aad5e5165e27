// Row parts: a weight made of rows that are quantised apart, because they have different bits.
//
// A part holds some rows (output channels) of the weight, in rising order, as a weight of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "autograd/variable.h"

namespace quant {

struct RowPart {
  std::string parameter;           // the path that the part goes by
  std::vector<std::int64_t> rows;  // rising
};

/// The rows of w, in the order given.  shapes: w (O, ..) -> (rows, ..).  throws: ShapeError.
core::Tensor take_rows(const core::Tensor& w, std::span<const std::int64_t> rows);

/// The whole weight from all of its rows; gradients go back to the parts.
/// throws: ShapeError unless the parts hold every row of `shape` once.
autograd::Variable join_rows(std::span<const autograd::Variable> values,
                             std::span<const RowPart> parts, const core::Shape& shape);

}  // namespace quant
