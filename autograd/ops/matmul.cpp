#include "autograd/ops/matmul.h"

namespace autograd {

Variable matmul(const Variable& a, const Variable& b, core::MatmulOptions options) {
  const int rank_a = a.shape().rank(), rank_b = b.shape().rank();
  const bool rows = rank_b == 2 && rank_a > 2;  // the leading axes of a are rows of one product
  core::require("matmul", !(rows && options.trans_a),
                "a transposed a needs as many axes as b; got a {}, b {}", a.shape(), b.shape());
  core::Tensor y = core::matmul(a.value(), b.value(), options);
  return record(
      "matmul", std::move(y), {a, b},
      [a = a.value(), b = b.value(), options, rows](const core::Tensor& dy, GradSlots& dx) {
        const auto product = [&](const core::Tensor& left, bool trans_left,
                                 const core::Tensor& right, bool trans_right) {
          return core::matmul(left, right, {trans_left, trans_right, options.precision});
        };
        const bool ta = options.trans_a, tb = options.trans_b;
        if (dx.wants(0)) dx.add(0, ta ? product(b, tb, dy, true) : product(dy, false, b, !tb));
        if (dx.wants(1)) {
          const auto flat = [&](const core::Tensor& t) {
            return rows ? t.reshape({t.numel() / t.shape()[-1], t.shape()[-1]}) : t;
          };
          const core::Tensor left = flat(a), right = flat(dy);
          dx.add(1, tb ? product(right, true, left, ta) : product(left, !ta, right, false));
        }
      });
}

}  // namespace autograd
