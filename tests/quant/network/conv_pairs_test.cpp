#include "quant/network/conv_pairs.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

TEST_CASE("pairs are those of the branches of residual blocks") {
  const auto basic = quant_test::model("resnet20", 8, 3);
  const auto pairs = quant::conv_pairs(*basic);
  REQUIRE(pairs.size() == 9);
  CHECK(pairs[4].first->path() == "layer2.1.conv1");
  CHECK(pairs[4].second->path() == "layer2.1.conv2");
  const auto bottleneck = quant_test::model("resnet50", 32, 3);
  const auto chains = quant::conv_pairs(*bottleneck);
  REQUIRE(chains.size() == 32);
  CHECK(chains[1].first->path() == "layer1.0.conv2");
  CHECK(chains[1].second->path() == "layer1.0.conv3");
  CHECK(quant::conv_pairs(*quant_test::model("vit_micro_patch4_28", 28, 1)).empty());
}

TEST_CASE("the mean behind a ReLU is that of a clipped normal distribution") {
  CHECK(quant::mean_behind_relu(0.3, 1.2) == doctest::Approx(0.643614).epsilon(1e-6));
  CHECK(quant::mean_behind_relu(0.3, -1.2) == quant::mean_behind_relu(0.3, 1.2));
  CHECK(quant::mean_behind_relu(2, 0) == 2);
  CHECK(quant::mean_behind_relu(-2, 0) == 0);
  CHECK(quant::mean_behind_relu(50, 1) == doctest::Approx(50));
}
