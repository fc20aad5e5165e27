#include "nn/layers/matmul.h"

#include "autograd/ops/matmul.h"

namespace nn {

using autograd::Variable;

Variable MatMul::forward(const Variable& a, const Variable& b, Pass& pass) const {
  const Variable left = pass.input(*this, 0, a);
  const Variable right = pass.input(*this, 1, b);
  return pass.output(
      *this,
      autograd::matmul(left, right,
                       {.trans_a = false, .trans_b = transpose_b_, .precision = pass.precision()}));
}

}  // namespace nn
