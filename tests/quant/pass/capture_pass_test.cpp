#include "quant/pass/capture_pass.h"

#include <doctest/doctest.h>

#include "quant/pass/trace_pass.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("a capture keeps inputs as they are before a quantiser") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto stages = model->stages();
  const Variable x(core::Rng(1).normal({2, 8, 8, 16}, 0, 1));
  quant::QuantPass quantised(core::Precision::f32);
  quantised.set_activation({"layer1.0.conv1", 0},
                           {Variable(Tensor::full({1}, 1.0)), Tensor::zeros({1}), {.bits = 2}});
  quantised.quantise_activations(true);
  quant::CapturePass capture(quantised, {"layer1.0.conv1"});
  stages[1].run(x, capture);
  CHECK(capture.captured[0].is_same(x.value()));
}

TEST_CASE("a capture that stops runs nothing behind the last of its modules") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto stages = model->stages();
  const Variable x(core::Rng(1).normal({2, 8, 8, 16}, 0, 1));
  nn::EvalPass plain;
  quant::TracePass reached(plain);
  quant::CapturePass stopped(reached, {"layer1.0.conv1", "layer1.0.conv2"}, true);
  CHECK_THROWS_AS(stages[1].run(x, stopped), quant::CapturePass::Complete);
  for (const quant::TracePass::Call& call : reached.calls)  // conv2 and what follows never ran
    CHECK(call.site.path != "layer1.0.conv2");
}
