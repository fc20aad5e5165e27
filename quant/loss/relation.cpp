// mean over samples and pairs of rows (i, j) of (R_ij(prediction) - R_ij(target))^2, R_ij = cosine
// of rows i and j of a sample; rows are tokens or positions.  Rank 2 or less: the batch is the one
// set of rows.  Rows of zeros have cosine 0 with all others.  The lengths of rows are free.
// source: ours, after similarity-preserving distillation (Tung and Mori 2019), which compares the
// samples of a batch.
//
// With unit rows x, y (N, C), d = x - y, s = x + y: x xT - y yT = (d sT + s dT) / 2, so the sum of
// squares is (sum dTd * sTs + sum dTs * (dTs)T) / 2: C x C products where N > C.
#include "autograd/ops/abs_pow.h"
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/l2_normalize.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/reshape.h"
#include "autograd/ops/sub.h"
#include "quant/loss/loss.h"

namespace quant {
namespace {

using autograd::Variable;

/// Sum over samples of |x xT - y yT|^2.
Variable distance(const Variable& x, const Variable& y) {
  if (x.shape()[1] <= x.shape()[2]) {
    const auto gram = [](const Variable& v) { return autograd::matmul(v, v, {.trans_b = true}); };
    return autograd::sum_all(autograd::abs_pow(autograd::sub(gram(x), gram(y)), 2.0));
  }
  const auto inner = [](const Variable& a, const Variable& b) {
    return autograd::matmul(a, b, {.trans_a = true});
  };
  const Variable d = autograd::sub(x, y), s = autograd::add(x, y), ds = inner(d, s);
  const Variable both = autograd::add(autograd::mul(inner(d, d), inner(s, s)),
                                      autograd::mul(ds, autograd::permute(ds, {0, 2, 1})));
  return autograd::affine(autograd::sum_all(both), 0.5, 0.0);
}

struct Relation final : Loss {
  explicit Relation(core::Params&) {}
  Variable operator()(const LossInputs& given) const override {
    const std::int64_t all = loss_rows("relation", given);
    const LossInputs in = widened(given);
    const core::Shape& shape = in.target.shape();
    const std::int64_t samples = shape.rank() <= 2 ? 1 : shape[0], rows = all / samples;
    const core::Shape flat{samples, rows, shape[-1]};
    const Variable x = autograd::l2_normalize(autograd::reshape(in.prediction, flat));
    const Variable y = autograd::l2_normalize(Variable(in.target.reshape(flat)));
    return autograd::affine(distance(x, y), 1.0 / static_cast<double>(samples * rows * rows), 0.0);
  }
};

const core::Registered<Loss, Relation> kRegistered{"relation"};

}  // namespace
}  // namespace quant
