#include "nn/pass.h"

#include "core/error.h"

namespace nn {

using autograd::Variable;

Variable Pass::parameter(const Module&, const Parameter& p) { return Variable(p.value); }
Variable Pass::input(const Module&, int, const Variable& x) { return x; }
Variable Pass::output(const Module&, const Variable& y) { return y; }

core::Rng Pass::mask_rng(const Module& module) {
  throw core::Error(fmt::format("pass: a training pass must give a generator; asked by {} '{}'",
                                module.type(), module.path()));
}

}  // namespace nn
