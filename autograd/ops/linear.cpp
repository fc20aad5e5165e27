#include "autograd/ops/linear.h"

#include "core/kernels/gemm.h"
#include "core/kernels/reduce.h"

namespace autograd {

Variable linear(const Variable& x, const Variable& w, const std::optional<Variable>& bias,
                core::Precision precision) {
  core::Tensor y = core::linear(x.value(), w.value(), bias ? &bias->value() : nullptr, precision);
  std::vector<Variable> inputs{x, w};
  if (bias) inputs.push_back(*bias);
  return record(
      "linear", std::move(y), std::move(inputs),
      [x = x.value(), w = w.value(), precision, with_bias = bias.has_value()](
          const core::Tensor& dy, GradSlots& dx) {
        if (dx.wants(0)) dx.add(0, core::linear_backward_data(dy, w, precision));
        const bool bias_too = with_bias && dx.wants(2);
        core::Tensor dbias;
        if (dx.wants(1))
          dx.add(1, core::linear_backward_weights(dy, x, precision, bias_too ? &dbias : nullptr));
        else if (bias_too)
          dbias = core::sum_to(dy, {w.shape()[0]}, w.dtype());
        if (bias_too) dx.add(2, std::move(dbias));
      });
}

}  // namespace autograd
