// FlexRound: n = round(W / (s e^(d2 + d3 + d4))), W_hat = s n: d2 for every weight, d3 for every
// output channel, d4 for every input channel of a convolution; logarithms keep the factors
// positive. d1 = ln s is the step itself: learn it as the degree of freedom `w_scale`; without, s
// is frozen. Straight-through inside the range: dW_hat/dd2 = -W e^-(d2 + d3 + d4), large weights
// move more, and dW_hat/ds = n - W / (s e^(d2 + d3 + d4)).  start: all 0, round to nearest. usable
// lr: Adam 4e-4 to 7e-4.  No regulariser: what is seen in the forward pass is hard. source: Lee et
// al. 2023 (FlexRound), eq. 2-3, and its released code (log space).
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/exp.h"
#include "quant/variable/code_space.h"

namespace quant {
namespace {

/// All extents 1 but that of `axis`.
core::Shape along(const core::Shape& shape, int axis) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(shape.rank()), 1);
  out[static_cast<std::size_t>(axis)] = shape[axis];
  return core::Shape(out);
}

struct FlexRound final : CodeSpace {
  explicit FlexRound(core::Params&) {}

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    const core::Shape& shape = weight.w.shape();
    const core::DType dtype = weight.w.dtype();
    core::require("flexround", shape.rank() >= 1, "weight must have an output axis; got {}", shape);
    std::vector<core::Tensor> deltas{core::Tensor::zeros(shape, dtype),
                                     core::Tensor::zeros(along(shape, 0), dtype)};
    if (shape.rank() == 4) deltas.push_back(core::Tensor::zeros(along(shape, 1), dtype));
    return deltas;
  }
  Placement placement(const QuantisedWeight& weight,
                      std::span<const autograd::Variable> learned) const override {
    autograd::Variable sum = learned[0];
    for (std::size_t i = 1; i < learned.size(); ++i) sum = autograd::add(sum, learned[i]);
    return {.w = autograd::Variable(weight.w),
            .factor = autograd::exp(autograd::affine(sum, -1.0, 0.0))};
  }
};

const core::Registered<RoundingVariable, FlexRound> kRegistered{"flexround"};

}  // namespace
}  // namespace quant
