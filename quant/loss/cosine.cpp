// mean over samples of 1 - <y, x> / (|y| |x|), x the prediction, y the target, each sample one
// vector; computed as |x/|x| - y/|y||^2 / 2, which does not cancel.  dx = -(y / (|y| |x|) -
// x <y, x> / (|y| |x|^3)) / samples.  The length of the prediction is free.
// A zero vector has no direction: against any other it counts 1/2 with gradient zero.
// source: the cosine distance of layer outputs in EasyQuant (Wu et al. 2020).
#include "autograd/ops/l2_normalize.h"
#include "autograd/ops/reshape.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Cosine final : Loss {
  explicit Cosine(core::Params&) {}
  autograd::Variable operator()(const LossInputs& given) const override {
    loss_rows("cosine", given);
    const LossInputs in = widened(given);
    const core::Shape& shape = in.target.shape();
    const std::int64_t samples = shape.rank() == 1 ? 1 : shape[0];
    const core::Shape flat{samples, shape.numel() / samples};
    const LossInputs directions{
        autograd::l2_normalize(autograd::reshape(in.prediction, flat)),
        autograd::l2_normalize(autograd::Variable(in.target.reshape(flat))).value()};
    return elementwise("cosine", directions, 0.5 / static_cast<double>(samples), SquaredError{});
  }
};

const core::Registered<Loss, Cosine> kRegistered{"cosine"};

}  // namespace
}  // namespace quant
