#include "quant/pass/trace_pass.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("a trace notes hooks in order of execution") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto stages = model->stages();
  nn::EvalPass plain;
  quant::TracePass trace(plain);
  stages[1].run(Variable(core::Rng(1).normal({2, 8, 8, 16}, 0, 1)), trace);
  REQUIRE(trace.calls.size() >= 4);
  CHECK(trace.calls[0].site == quant::SiteId{"layer1.0.conv1", 0});
  CHECK(trace.calls[1].site == quant::SiteId{"layer1.0.act1", quant::kOutput});
  CHECK(trace.calls[1].module_type == "Relu");
}

TEST_CASE("active sites are those on the way that have a quantiser") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const auto stages = model->stages();
  quant::QuantPass pass(core::Precision::f32);
  const quant::ActQuantiser quantiser{
      Variable(Tensor::full({1}, 1.0)), Tensor::zeros({1}), {.bits = 2}};
  pass.set_activation({"layer1.0.act1", quant::kOutput}, quantiser);
  pass.set_activation({"layer2.0.act1", quant::kOutput}, quantiser);
  const auto sites = quant::active_sites(stages[1].run, Tensor::zeros({1, 8, 8, 16}), pass);
  REQUIRE(sites.size() == 1);
  CHECK(sites[0].str() == "layer1.0.act1 output");
}
