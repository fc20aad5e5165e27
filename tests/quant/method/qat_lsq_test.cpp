#include <doctest/doctest.h>

#include "autograd/ops/cross_entropy.h"
#include "quant/method/method.h"
#include "tests/quant/helpers.h"

using core::Tensor;

namespace {

quant::Recipe few_steps(std::int64_t iters) {
  core::Value settings = quant::method_settings("qat_lsq");
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, core::Value>>{{"learn.iters", iters},
                                                                  {"learn.batch", 16},
                                                                  {"learn.optimizer.lr", 2e-3},
                                                                  {"quant.weight.bits", 3},
                                                                  {"quant.act.bits", 4},
                                                                  {"quant.act.init_images", 16}})
    settings.set_path(key, value);
  core::Params params(settings);
  quant::Recipe recipe(params);
  params.done();
  return recipe;
}

}  // namespace

TEST_CASE("QAT learns the labels of its images, weights and all steps at once") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(32, 8, 1);
  Tensor labels = Tensor::zeros({32}, core::DType::s64);
  for (std::int64_t i = 0; i < 32; ++i) labels.writable<std::int64_t>()[i] = (7 * i) % 10;
  core::Monitor monitor;
  std::vector<double> losses;
  for (const std::int64_t iters : {0, 40}) {
    const quant::Quantised q = quant::quantise(*model, x, few_steps(iters), core::Rng(1), monitor,
                                               core::Scratch(), labels);
    losses.push_back(
        autograd::cross_entropy(autograd::Variable(q.logits(x)), labels).value().item());
    if (iters == 0) continue;
    REQUIRE(q.units.size() == 1);
    CHECK(q.units[0].loss_hard < 0.7 * q.units[0].loss_rtn);
    const quant::BakedWeight& baked = q.weights.at("layer1.0.conv1.weight");
    CHECK(!support::same_bits(
        baked.original.q.scale,  // steps moved
        (*few_steps(0).weight.scale)(baked.original.w, baked.original.grid).scale));
  }
  CHECK(losses[1] < 0.7 * losses[0]);
}

TEST_CASE("QAT refuses images without labels and labels that are no classes") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(4, 8, 1);
  core::Monitor monitor;
  for (const Tensor& labels : {Tensor(), Tensor::of<std::int64_t>({4}, {0, 1, -1, 2}),
                               Tensor::of<std::int64_t>({4}, {0, 1, 10, 2})}) {
    CHECK_THROWS_WITH_AS(
        quant::quantise(*model, x, few_steps(2), core::Rng(1), monitor, core::Scratch(), labels),
        doctest::Contains("learns from labels"), core::ShapeError);
  }
}
