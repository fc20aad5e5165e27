#include "quant/walk/along_layers.h"

#include <doctest/doctest.h>

#include "quant/quantise.h"
#include "tests/quant/helpers.h"

using core::Tensor;

TEST_CASE("layers come in order, and later ones see what was done to earlier ones") {
  const auto model = quant_test::model("resnet20", 8, 3);
  core::Monitor monitor;
  const quant::Recipe recipe = quant_test::recipe({{"quant.weight.bits", 8}, {"learn.iters", 0}});
  const Tensor x = quant_test::images(4, 8, 3);
  quant::Quantised out = quant::quantise(*model, x, recipe, core::Rng(1), monitor);
  std::vector<std::string> paths;
  quant::along_layers(*out.model, out.map, *out.pass, x, {}, [&](const quant::LayerInputs& in) {
    paths.push_back(in.layer->path());
    CHECK(in.x_float.shape() == in.x_quant.shape());
    if (paths.size() == 1)  // silences the network behind the stem
      out.pass->set_parameter("conv1.bias", autograd::Variable(Tensor::full({16}, -1e6)));
    if (paths.size() == 2) {
      CHECK(support::relative_difference(in.x_quant, in.x_float) > 0.5);
      for (const double v : in.x_quant.values()) CHECK(v == 0);
    }
  });
  REQUIRE(paths.size() == 20);
  CHECK(paths[0] == "conv1");
  CHECK(paths[2] == "layer1.0.conv2");
  CHECK(paths[19] == "linear");
}
