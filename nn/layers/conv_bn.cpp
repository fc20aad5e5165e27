#include "nn/layers/conv_bn.h"

#include "autograd/ops/relu.h"

namespace nn {

using autograd::Variable;

Variable conv_bn(const Conv2d& conv, const BatchNorm2d& bn, const Variable& x, Pass& pass) {
  return pass.output(conv, bn.forward(conv.apply(x, pass, false), pass));
}

Variable conv_bn_relu(const Conv2d& conv, const BatchNorm2d& bn, const Relu& act, const Variable& x,
                      Pass& pass) {
  const Variable y = bn.folded() ? conv.apply(x, pass, true)
                                 : autograd::relu(bn.forward(conv.apply(x, pass, false), pass));
  return pass.output(act, y);
}

}  // namespace nn
