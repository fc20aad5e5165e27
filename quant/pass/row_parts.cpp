#include "quant/pass/row_parts.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

Tensor take_rows(const Tensor& w, std::span<const std::int64_t> rows) {
  core::require("take_rows", w.shape().rank() > 0, "w must have rows; got {}", w.shape());
  std::vector<std::int64_t> dims;
  for (int i = 0; i < w.shape().rank(); ++i) dims.push_back(w.shape()[i]);
  dims[0] = static_cast<std::int64_t>(rows.size());
  Tensor out = Tensor::empty(core::Shape(dims), w.dtype());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    core::require("take_rows", rows[k] >= 0 && rows[k] < w.shape()[0],
                  "rows must lie in w; got row {}, w {}", rows[k], w.shape());
    out.write_rows(static_cast<std::int64_t>(k), w.rows(rows[k], 1));
  }
  return out;
}

Variable join_rows(std::span<const Variable> values, std::span<const RowPart> parts,
                   const core::Shape& shape) {
  core::require("join_rows", !values.empty() && values.size() == parts.size(),
                "there must be one value a part; got {} values, {} parts", values.size(),
                parts.size());
  Tensor out = Tensor::empty(shape, values[0].value().dtype());
  std::vector<bool> filled(static_cast<std::size_t>(shape[0]), false);
  std::vector<std::vector<std::int64_t>> rows;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const Tensor& value = values[p].value();
    core::require("join_rows", value.shape()[0] == static_cast<std::int64_t>(parts[p].rows.size()),
                  "a part must have its rows; got {} for {} rows", value.shape(),
                  parts[p].rows.size());
    for (std::size_t k = 0; k < parts[p].rows.size(); ++k) {
      const std::int64_t row = parts[p].rows[k];
      core::require("join_rows",
                    row >= 0 && row < shape[0] && !filled[static_cast<std::size_t>(row)],
                    "every row must come once; row {} of {}", row, shape);
      filled[static_cast<std::size_t>(row)] = true;
      out.write_rows(row, value.rows(static_cast<std::int64_t>(k), 1));
    }
    rows.push_back(parts[p].rows);
  }
  for (const bool row : filled) core::require("join_rows", row, "a row of {} is missing", shape);
  return autograd::record("join_rows", std::move(out), {values.begin(), values.end()},
                          [rows](const Tensor& dy, autograd::GradSlots& dx) {
                            for (std::size_t p = 0; p < rows.size(); ++p) {
                              const int slot = static_cast<int>(p);
                              if (dx.wants(slot)) dx.add(slot, take_rows(dy, rows[p]));
                            }
                          });
}

}  // namespace quant
