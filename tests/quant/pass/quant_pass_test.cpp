#include "quant/pass/quant_pass.h"

#include <doctest/doctest.h>

#include "autograd/gradients.h"
#include "quant/grid/codes.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("an empty quantising pass runs the model plainly") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(2, 8, 3);
  nn::EvalPass plain;
  quant::QuantPass pass(core::Precision::f32);
  CHECK(support::same_bits(model->forward(Variable(x), pass).value(),
                           model->forward(Variable(x), plain).value()));
}

TEST_CASE("a weight of the pass stands in for that of the model, which is not changed") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = quant_test::images(2, 8, 3);
  nn::EvalPass plain;
  const Tensor before = model->forward(Variable(x), plain).value();
  quant::QuantPass pass(core::Precision::f32);
  pass.set_parameter("linear.weight", Variable(Tensor::zeros({10, 64})));
  const Tensor y = model->forward(Variable(x), pass).value();
  CHECK(support::same_bits(y.rows(0, 1), y.rows(1, 1)));  // only the bias is left
  CHECK(support::same_bits(model->forward(Variable(x), plain).value(), before));
}

TEST_CASE("activation quantisers act at their site only, and only when switched on") {
  const auto model = quant_test::model("vit_micro_patch4_28", 28, 1);
  const Tensor x = quant_test::images(2, 28, 1);
  quant::QuantPass pass(core::Precision::f32);
  const Tensor before = model->forward(Variable(x), pass).value();
  const quant::Grid grid{.bits = 2, .per_channel = false};
  pass.set_activation({"blocks.0.attn.qk", 1},
                      {Variable(Tensor::full({1}, 0.5)), Tensor::full({1}, 1.0), grid});
  CHECK(support::same_bits(model->forward(Variable(x), pass).value(), before));
  pass.quantise_activations(true);
  CHECK_FALSE(support::same_bits(model->forward(Variable(x), pass).value(), before));
  CHECK(pass.activation("blocks.0.attn.qk", 1));
  CHECK_FALSE(pass.activation("blocks.0.attn.qk", 0));
  CHECK_FALSE(pass.activation("blocks.1.attn.qk", 1));
}

TEST_CASE("an activation quantiser equals fake quantisation on its grid") {
  const Tensor x = core::Rng(1).normal({50}, 0.2, 1.0);
  const quant::Grid grid{.bits = 3, .per_channel = false};
  const quant::QParams q{Tensor::full({1}, 0.31), Tensor::full({1}, 2.0)};
  const quant::ActQuantiser quantiser{Variable(q.scale), q.zero, grid};
  CHECK(support::relative_difference(quantiser(Variable(x)).value(),
                                     quant::fake_quantise(x, q, grid)) < 1e-6);
}

TEST_CASE("a quantiser fades in from the value itself to the quantised one") {
  const auto model = quant_test::model("resnet20", 8, 3);
  const Tensor x = core::Rng(1).normal({2, 3}, 0.2, 1.0);
  const quant::Grid grid{.bits = 2, .per_channel = false};
  const quant::QParams q{Tensor::full({1}, 0.4), Tensor::full({1}, 1.0)};
  quant::QuantPass pass(core::Precision::f32);
  pass.set_activation({"linear", 0}, {Variable(q.scale), q.zero, grid});
  pass.quantise_activations(true);
  const nn::Module* site = nullptr;
  for (const nn::Module* m : nn::modules(*model)) site = m->path() == "linear" ? m : site;
  REQUIRE(site != nullptr);
  const auto at = [&](double share) {
    pass.fade_in(share);
    return pass.input(*site, 0, Variable(x)).value();
  };
  const Tensor hard = quant::fake_quantise(x, q, grid);
  CHECK(support::same_bits(at(0), x));
  for (int i = 0; i < 6; ++i)
    CHECK(at(0.25).at(i) == doctest::Approx(0.75 * x.at(i) + 0.25 * hard.at(i)));
  CHECK(support::relative_difference(at(1), hard) < 1e-6);
}

TEST_CASE("a step for each head quantises each head by itself") {
  const Tensor x = core::Rng(3).normal({2, 3, 4, 5}, 0, 1);
  const quant::Grid grid{.bits = 4, .per_channel = false};
  const quant::ActQuantiser heads{.scale = Variable(Tensor::of<float>({3}, {0.1f, 0.2f, 0.4f})),
                                  .zero = Tensor::of<float>({3}, {8, 7, 3}),
                                  .grid = grid,
                                  .per_head = true};
  const Tensor y = heads(Variable(x)).value();
  REQUIRE(y.shape() == x.shape());
  for (std::int64_t h = 0; h < 3; ++h) {
    const quant::QParams q{Tensor::full({1}, heads.scale.value().at(h)),
                           Tensor::full({1}, heads.zero.at(h))};
    const Tensor alone = quant::fake_quantise(x, q, grid);
    for (std::int64_t b = 0; b < 2; ++b) {
      for (std::int64_t i = 0; i < 20; ++i)
        CHECK(y.at((b * 3 + h) * 20 + i) == alone.at((b * 3 + h) * 20 + i));
    }
  }
}

TEST_CASE("factors multiply the step of their channel, and its gradient is shared") {
  const Tensor x = core::Rng(4).normal({6, 2}, 0, 1);
  const quant::Grid grid{.bits = 4, .per_channel = false};
  const Variable scale(Tensor::full({1}, 0.05), true);
  const quant::ActQuantiser act{.scale = scale,
                                .zero = Tensor::full({1}, 8),
                                .grid = grid,
                                .factor = Tensor::of<float>({2}, {1, 4})};
  const Variable y = act(Variable(x));
  for (std::int64_t i = 0; i < 12; ++i) {
    const quant::QParams q{Tensor::full({1}, i % 2 ? 0.2 : 0.05), Tensor::full({1}, 8)};
    CHECK(y.value().at(i) == quant::fake_quantise(x, q, grid).at(i));
  }
  const Tensor dy = Tensor::full(x.shape(), 1);
  const std::vector<Variable> wrt{scale};
  double expected = 0;
  for (std::int64_t i = 0; i < 12; ++i) {
    const double factor = i % 2 ? 4 : 1, t = x.at(i) / (0.05 * factor), n = std::nearbyint(t);
    expected += factor * (n < -8 ? -8 : n > 7 ? 7 : n - t);
  }
  CHECK(autograd::gradients(y, wrt, &dy)[0].item() == doctest::Approx(expected).epsilon(1e-4));
}
