#include "autograd/ops/reduce.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

namespace {

/// `shape` with the extents of `axes` set to 1.
core::Shape kept_shape(std::string_view op, const core::Shape& shape,
                       const std::vector<int>& axes) {
  core::Shape kept = shape;
  unsigned seen = 0;
  for (const int axis : axes) {
    core::require(op, axis >= -shape.rank() && axis < shape.rank(),
                  "axis out of range; got axis {}, x {}", axis, shape);
    const unsigned bit = 1u << shape.axis(axis);
    core::require(op, (seen & bit) == 0, "an axis must be named once; got axis {} again, x {}",
                  axis, shape);
    seen |= bit;
    kept = kept.with(axis, 1);
  }
  return kept;
}

}  // namespace

Variable sum(const Variable& x, const std::vector<int>& axes, bool keep) {
  const core::Shape kept = kept_shape("sum", x.shape(), axes);
  return record(
      "sum", core::sum(x.value(), axes, keep), {x},
      [from = x.shape(), kept, type = x.value().dtype()](const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) dx.add(0, core::broadcast_to(dy.to(type).reshape(kept), from));
      });
}

Variable mean(const Variable& x, const std::vector<int>& axes, bool keep) {
  const core::Shape kept = kept_shape("mean", x.shape(), axes);
  core::require("mean", x.shape().numel() > 0, "x must not be empty; got x {}", x.shape());
  const double share = static_cast<double>(kept.numel()) / static_cast<double>(x.shape().numel());
  core::Tensor y = core::affine(core::sum(x.value(), axes, keep), share, 0.0);
  return record("mean", std::move(y), {x},
                [from = x.shape(), kept, share, type = x.value().dtype()](const core::Tensor& dy,
                                                                          GradSlots& dx) {
                  if (dx.wants(0)) {
                    const core::Tensor part = core::affine(dy, share, 0.0).to(type);
                    dx.add(0, core::broadcast_to(part.reshape(kept), from));
                  }
                });
}

Variable sum_all(const Variable& x) {
  return record(
      "sum_all", core::sum(x.value()), {x},
      [from = x.shape(), type = x.value().dtype()](const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) dx.add(0, core::Tensor::full(from, dy.item(), type));
      });
}

Variable mean_all(const Variable& x) {
  core::require("mean_all", x.shape().numel() > 0, "x must not be empty; got x {}", x.shape());
  const double share = 1.0 / static_cast<double>(x.shape().numel());
  return record(
      "mean_all", core::affine(core::sum(x.value()), share, 0.0), {x},
      [from = x.shape(), share, type = x.value().dtype()](const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) dx.add(0, core::Tensor::full(from, dy.item() * share, type));
      });
}

}  // namespace autograd
