#include "autograd/ops/concat.h"

#include "core/kernels/move.h"

namespace autograd {

Variable concat(const std::vector<Variable>& parts, int axis) {
  core::require("concat", !parts.empty(), "there must be at least one part; got {}", parts.size());
  std::vector<core::Tensor> values;
  std::vector<std::int64_t> extents;
  for (const Variable& part : parts) {
    values.push_back(part.value());
    extents.push_back(part.shape()[axis]);
  }
  const int along = parts.front().shape().axis(axis);
  return record("concat", core::concat(values, along), parts,
                [along, extents](const core::Tensor& dy, GradSlots& dx) {
                  std::int64_t begin = 0;
                  for (std::size_t i = 0; i < extents.size(); ++i) {
                    const int input = static_cast<int>(i);
                    if (dx.wants(input)) dx.add(input, core::slice(dy, along, begin, extents[i]));
                    begin += extents[i];
                  }
                });
}

}  // namespace autograd
