#include "quant/calibration/network_view.h"

#include <doctest/doctest.h>

#include "core/kernels/gemm.h"
#include "nn/layers/linear.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("features are what the classifier turns into logits") {
  for (const auto& [name, side] : {std::pair{"resnet20", 8}, std::pair{"vit_micro_patch4_28", 8}}) {
    CAPTURE(name);
    const auto model = quant_test::model(name, side, 1);
    const quant::NetworkView view(*model);
    const Tensor x = quant_test::images(3, side, 1);
    const auto* head = dynamic_cast<const nn::Linear*>(model->stages().back().layers.back().module);
    REQUIRE(head);
    const Tensor features = view.features(x);
    REQUIRE(features.shape().rank() == 2);
    CHECK(features.shape()[0] == 3);
    const Tensor logits = core::linear(features, head->weight.value, &head->bias->value);
    CHECK(support::relative_difference(view.logits(x).to(core::DType::f64),
                                       logits.to(core::DType::f64)) < 1e-5);
  }
}

TEST_CASE("only a network with batch normalisation has a distance to its statistics") {
  const auto resnet = quant_test::model("resnet20", 8, 1);
  const auto vit = quant_test::model("vit_micro_patch4_28", 8, 1);
  CHECK(quant::NetworkView(*resnet).has_batch_norm());
  CHECK_FALSE(quant::NetworkView(*vit).has_batch_norm());
  Tensor gradient;
  CHECK_THROWS_AS(quant::NetworkView(*vit).bn_loss(quant_test::images(1, 8, 1), gradient),
                  core::InputError);
}

TEST_CASE(
    "the distance of an image does not depend on the images beside it, the loss is the mean") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const quant::NetworkView view(*model);
  const Tensor x = quant_test::images(3, 8, 1);
  const Tensor d = view.bn_distance(x);
  double mean = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(view.bn_distance(x.rows(i, 1)).item() == doctest::Approx(d.at(i)).epsilon(1e-5));
    CHECK(d.at(i) > 0);
    mean += d.at(i) / 3;
  }
  Tensor gradient;
  CHECK(view.bn_loss(x, gradient) == doctest::Approx(mean).epsilon(1e-5));
}

TEST_CASE("the loss falls along its negative gradient by the slope that it promises") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const quant::NetworkView view(*model);
  const Tensor x = quant_test::images(2, 8, 1);
  Tensor gradient;
  const double before = view.bn_loss(x, gradient);
  double square = 0;
  for (const double g : gradient.values()) square += g * g;
  REQUIRE(square > 0);
  const double step = 1e-3 * before / square;  // asks for a thousandth of the loss
  Tensor moved = x;
  const auto to = moved.writable<float>();
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i] -= static_cast<float>(step * gradient.at(static_cast<std::int64_t>(i)));
  Tensor ignored;
  // second order and ReLU kinks: a fifth of the promise
  CHECK(before - view.bn_loss(moved, ignored) == doctest::Approx(1e-3 * before).epsilon(0.2));
}
