#include "quant/network/bn_fold.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;

TEST_CASE("folding every batch norm leaves the logits of a ResNet unchanged") {
  const core::Tensor x = quant_test::images(3, 16, 3);
  for (const char* name :
       {"resnet20", "resnet50"}) {  // option A shortcuts; bottlenecks and projections
    const auto model = quant_test::model(name, name == std::string("resnet50") ? 32 : 16, 3);
    const core::Tensor input = name == std::string("resnet50") ? quant_test::images(2, 32, 3) : x;
    nn::EvalPass plain;
    const core::Tensor before = model->forward(Variable(input), plain).value();
    const int pairs = quant::fold_batch_norms(*model);
    CHECK(pairs == static_cast<int>(model->conv_bn_pairs().size()));
    const core::Tensor after = model->forward(Variable(input), plain).value();
    CHECK(support::relative_difference(after, before) < 1e-5);
    CHECK(quant::fold_batch_norms(*model) == 0);
  }
}

TEST_CASE("a model without batch norm is left alone") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  CHECK(quant::fold_batch_norms(*model) == 0);
}

TEST_CASE("scales and shifts are remembered by path of the convolution, once") {
  const auto model = quant_test::model("resnet20", 16, 3);
  const nn::BatchNorm2d& bn = *model->conv_bn_pairs()[3].bn;
  const std::vector<double> gamma = bn.weight.value.values(), beta = bn.bias.value.values();
  const quant::FoldedNorms norms = quant::norms_to_fold(*model);
  CHECK(norms.size() == model->conv_bn_pairs().size());
  CHECK(norms.at("layer1.1.conv1").gamma == gamma);
  CHECK(norms.at("layer1.1.conv1").beta == beta);
  quant::fold_batch_norms(*model);
  CHECK(quant::norms_to_fold(*model).empty());
}

TEST_CASE("a network has batch norms until they are folded") {
  const auto resnet = quant_test::model("resnet20", 8, 1);
  CHECK(quant::has_batch_norm(*resnet));
  quant::fold_batch_norms(*resnet);
  CHECK_FALSE(quant::has_batch_norm(*resnet));
  CHECK_FALSE(quant::has_batch_norm(*quant_test::model("vit_micro_patch4_28", 28, 1)));
}
