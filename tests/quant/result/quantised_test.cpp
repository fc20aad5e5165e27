#include "quant/result/quantised.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

TEST_CASE("logits are those of the model with what stands in the pass") {
  quant::Quantised out;
  out.model = quant_test::model("resnet20", 8, 3);
  out.pass = std::make_unique<quant::QuantPass>(core::Precision::f32);
  const core::Tensor x = quant_test::images(2, 8, 3);
  nn::EvalPass plain;
  const core::Tensor before = out.model->forward(autograd::Variable(x), plain).value();
  CHECK(support::same_bits(out.logits(x), before));
  out.pass->set_parameter("linear.weight", autograd::Variable(core::Tensor::zeros({10, 64})));
  CHECK_FALSE(support::same_bits(out.logits(x), before));
}
