#include "autograd/ops/conv2d.h"

#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable conv2d(const Variable& x, const Variable& w, const std::optional<Variable>& bias,
                const core::Conv2dOptions& options) {
  core::Tensor y = core::conv2d(x.value(), w.value(), bias ? &bias->value() : nullptr, options);
  std::vector<Variable> inputs{x, w};
  if (bias) inputs.push_back(*bias);
  // y is needed for the mask only; keeping an empty tensor otherwise lets its memory go early.
  const core::Tensor mask = options.relu ? y : core::Tensor();
  core::Conv2dOptions plain = options;
  plain.relu = false;
  return record("conv2d", std::move(y), std::move(inputs),
                [x = x.value(), w = w.value(), mask, plain, relu = options.relu,
                 with_bias = bias.has_value()](core::Tensor dy, GradSlots& dx) {
                  const core::Tensor g =
                      relu ? core::relu_backward(std::move(dy), mask) : std::move(dy);
                  if (dx.wants(0)) dx.add(0, core::conv2d_backward_data(g, w, x.shape(), plain));
                  if (dx.wants(1)) dx.add(1, core::conv2d_backward_weights(g, x, w.shape(), plain));
                  if (with_bias && dx.wants(2))
                    dx.add(2, core::sum_to(g, {w.shape()[0]}, w.dtype()));
                });
}

}  // namespace autograd
