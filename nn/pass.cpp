#include "nn/pass.h"

#include "autograd/ops/cast.h"
#include "core/error.h"

namespace nn {

using autograd::Variable;

Variable Pass::parameter(const Module&, const Parameter& p) { return Variable(p.value); }
Variable Pass::input(const Module&, int, const Variable& x) { return x; }
Variable Pass::output(const Module&, const Variable& y) { return y; }

Variable as_activation(const Variable& x, const Pass& pass) {
  const bool narrow =
      pass.precision() == core::Precision::bf16 && x.value().dtype() == core::DType::f32;
  return narrow ? autograd::cast(x, core::DType::bf16) : x;
}

Variable widened(const Variable& x) {
  return autograd::cast(x, core::arithmetic_type(x.value().dtype()));
}

core::Rng Pass::mask_rng(const Module& module) {
  throw core::Error(fmt::format("pass: a training pass must give a generator; asked by {} '{}'",
                                module.type(), module.path()));
}

}  // namespace nn
