#include "quant/result/quantised.h"

namespace quant {

core::Tensor Quantised::logits(const core::Tensor& images) const {
  return model->forward(autograd::Variable(images), *pass).value();
}

}  // namespace quant
