#include "autograd/ops/gram_error.h"

#include "core/kernels/gemm.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace autograd {

using core::Tensor;

Variable gram_error(const Variable& w_hat, const Tensor& w, const Tensor& a, const Tensor& e,
                    double constant) {
  core::require("gram_error", w_hat.shape() == w.shape(),
                "w_hat and w must have one shape; got w_hat {}, w {}", w_hat.shape(), w.shape());
  core::require(
      "gram_error",
      a.shape().rank() == 3 && e.shape().rank() == 3 && a.shape()[0] == e.shape()[0] &&
          a.shape()[1] == a.shape()[2] && a.shape()[1] == e.shape()[2] && e.numel() == w.numel(),
      "a must be (G, K, K) and e (G, O/G, K) with the elements of w; got a {}, e {}, w {}",
      a.shape(), e.shape(), w.shape());
  const Tensor d = core::sub(w_hat.value(), w).reshape(e.shape());
  const Tensor slope = core::add(core::matmul(d, a), e);  // D A + E
  const Tensor error = core::sum(core::mul(d, core::add(slope, e)));
  return record("gram_error", core::affine(error, 1.0, constant), {w_hat},
                [slope = slope.reshape(w.shape())](const Tensor& dy, GradSlots& dw) {
                  dw.add(0, core::affine(slope, 2.0 * dy.item(), 0.0));
                });
}

}  // namespace autograd
