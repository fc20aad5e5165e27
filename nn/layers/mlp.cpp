#include "nn/layers/mlp.h"

namespace nn {

void Mlp::fields(Fields& f) {
  f("fc1", fc1);
  f("act", act);
  f("drop1", drop1);
  f("fc2", fc2);
  f("drop2", drop2);
}

autograd::Variable Mlp::forward(const autograd::Variable& x, Pass& pass) const {
  const autograd::Variable hidden = drop1.forward(act.forward(fc1.forward(x, pass), pass), pass);
  return drop2.forward(fc2.forward(hidden, pass), pass);
}

}  // namespace nn
