#include "quant/pass/layer_outputs.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/ops/affine.h"
#include "nn/layers/linear.h"
#include "nn/module.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

/// y = b (a x) with two linear layers of one value each.
struct Chain {
  nn::Linear first{1, 1}, second{1, 1};
  Chain(float a, float b) {
    first.weight.value = Tensor::of<float>({1, 1}, {a});
    second.weight.value = Tensor::of<float>({1, 1}, {b});
  }
  nn::Forward run() {
    return
        [this](const Variable& x, nn::Pass& p) { return second.forward(first.forward(x, p), p); };
  }
};

}  // namespace

TEST_CASE("layer outputs are those of weighted layers and rectifiers, in order, unquantised") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(2, 8, 1);
  nn::EvalPass plain;
  quant::LayerOutputsPass pass(plain);
  const Tensor y = model->forward(Variable(x), pass).value();
  CHECK(pass.outputs.size() == 1 + 9 * 3 + 1);  // stem; per block conv1, conv2, sum; head
  CHECK(support::same_bits(pass.outputs.back().value(), y));

  const auto vit = quant_test::model("vit_micro_patch4_28", 28, 1);
  quant::LayerOutputsPass of_vit(plain);
  vit->forward(Variable(quant_test::images(1, 28, 1)), of_vit);
  CHECK(of_vit.outputs.size() == 6 * 4 + 2);
}

TEST_CASE("Hessian weights by hand: logits do not depend on draws, an earlier layer on b^2") {
  // |d(v y)/d a1|^2 = b^2 v^2 = b^2, at the logits 1
  Chain chain(2.0f, 10.0f);
  nn::EvalPass plain;
  const Tensor x = Tensor::of<float>({3, 1}, {1, 2, 3});
  const auto weights =
      quant::hessian_weights(chain.run(), x, {.draws = 2, .samples = 2}, plain, core::Rng(1));
  REQUIRE(weights.size() == 2);
  CHECK(weights[0] == doctest::Approx(2.0));  // log10 of 100 / 1
  CHECK(weights[1] == 0.0);
}

TEST_CASE("layers that are all alike weigh one each and a dead layer weighs nothing") {
  nn::EvalPass plain;
  const Tensor x = Tensor::of<float>({1, 1}, {1});
  Chain same(3.0f, 1.0f);
  CHECK(quant::hessian_weights(same.run(), x, {.draws = 1, .samples = 1}, plain, core::Rng(1)) ==
        std::vector<double>{1.0, 1.0});
  Chain dead(3.0f, 0.0f);  // nothing of the first layer reaches the logits
  const auto weights =
      quant::hessian_weights(dead.run(), x, {.draws = 1, .samples = 1}, plain, core::Rng(1));
  CHECK(weights == std::vector<double>{1.0, 1.0});  // one score is left: alike
}
