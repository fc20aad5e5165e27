#include "quant/moments/gram.h"

#include <doctest/doctest.h>

#include "autograd/gradients.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "nn/layers/conv2d.h"
#include "nn/layers/linear.h"
#include "quant/learn/reconstruct.h"
#include "quant/learn/rounding_learner.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

/// The same error, sample by sample: the layer with soft weights on x against the float one on
/// x_target.
template <class Layer>
Variable direct(const Layer& layer, const Tensor& x, const Tensor& x_target, nn::Pass& pass) {
  nn::EvalPass plain;
  const Variable y = layer.forward(Variable(x), pass);
  const Tensor d = core::sub(y.value(), layer.forward(Variable(x_target), plain).value());
  const double rows = static_cast<double>(d.numel() / d.shape()[-1]);
  return Variable(core::affine(core::sum(core::mul(d, d)), 1.0 / rows, 0));
}

template <class Layer>
void check(Layer& layer, const core::Shape& input) {
  core::Rng rng(4);
  layer.weight.value = rng.normal(layer.weight.value.shape(), 0, 1);
  layer.weight.path = "w";
  const Tensor x = rng.normal(input, 0, 1), x_target = core::add(x, rng.normal(input, 0, 0.1));
  const Tensor w_hat =
      core::add(layer.weight.value, rng.normal(layer.weight.value.shape(), 0, 0.3));
  quant::QuantPass pass{core::Precision::f32};
  const Variable soft(w_hat, true);
  pass.set_parameter("w", soft);
  for (const Tensor& target : {x_target, x}) {
    const quant::GramMoments moments = quant::gram_moments(layer, x, target);
    const Variable loss = quant::gram_loss(moments, pass);
    const double expected = direct(layer, x, target, pass).value().item();
    CHECK(loss.value().item() == doctest::Approx(expected).epsilon(1e-4));
    // a step against the gradient by central differences along a random direction
    const std::vector<Variable> wrt{soft};
    const Tensor gradient = autograd::gradients(loss, wrt)[0];
    const Tensor along = rng.normal(w_hat.shape(), 0, 1);
    const auto moved = [&](double step) {
      pass.set_parameter("w", Variable(core::add(w_hat, core::affine(along, step, 0))));
      return direct(layer, x, target, pass).value().item();
    };
    const double slope = (moved(0.05) - moved(-0.05)) / 0.1;
    pass.set_parameter("w", soft);
    CHECK(core::sum(core::mul(gradient, along)).item() == doctest::Approx(slope).epsilon(1e-3));
  }
}

}  // namespace

TEST_CASE("the loss from moments and its gradient are those over all samples") {
  SUBCASE("linear") {
    nn::Linear layer(6, 4, false);
    check(layer, {11, 6});
  }
  SUBCASE("linear over tokens") {
    nn::Linear layer(5, 3, false);
    check(layer, {4, 7, 5});
  }
  SUBCASE("convolution") {
    nn::Conv2d layer(3, 4, 3, {.stride = {2, 2}, .pad = {1, 1}}, false);
    check(layer, {5, 6, 7, 3});
  }
  SUBCASE("convolution through shifts") {
    nn::Conv2d layer(16, 4, 3, {.pad = {1, 1}}, false);
    check(layer, {2, 7, 6, 16});
  }
  SUBCASE("groups") {
    nn::Conv2d layer(4, 6, 3, {.pad = {1, 1}, .groups = 2}, false);
    check(layer, {3, 5, 5, 4});
  }
}

TEST_CASE("a bias does not change the error") {
  core::Rng rng(5);
  nn::Linear plain(6, 4, false), biased(6, 4, true);
  plain.weight.value = biased.weight.value = rng.normal({4, 6}, 0, 1);
  const Tensor x = rng.normal({9, 6}, 0, 1), target = rng.normal({9, 6}, 0, 1);
  const quant::GramMoments a = quant::gram_moments(plain, x, target),
                           b = quant::gram_moments(biased, x, target);
  CHECK(a.constant == b.constant);
  CHECK(a.e.values() == b.e.values());
}

TEST_CASE("moments of pieces are those of the whole") {
  // 80 images of 147 kB make more than one piece
  core::Rng rng(6);
  nn::Conv2d layer(16, 8, 3, {.pad = {1, 1}}, false);
  layer.weight.value = rng.normal(layer.weight.value.shape(), 0, 1);
  const Tensor x = rng.normal({80, 48, 48, 16}, 0, 1);
  const quant::GramMoments all = quant::gram_moments(layer, x, x);
  std::vector<double> sum(static_cast<std::size_t>(all.a.numel()), 0.0);
  for (std::int64_t i = 0; i < 80; i += 40) {
    const Tensor part = x.rows(i, 40);
    const std::vector<double> half = quant::gram_moments(layer, part, part).a.values();
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += half[k] / 2;
  }
  double worst = 0;
  for (std::size_t k = 0; k < sum.size(); ++k)
    worst = std::max(worst, std::abs(sum[k] - all.a.at(static_cast<std::int64_t>(k))));
  CHECK(worst < 1e-5);
}

TEST_CASE("steps on moments learn what steps on all samples learn") {
  core::Rng rng(7);
  nn::Linear layer(12, 5, false);
  layer.weight.value = rng.normal({5, 12}, 0, 2);
  layer.weight.path = "w";
  const Tensor x_float = rng.normal({64, 12}, 0, 1),
               x = core::add(x_float, rng.normal({64, 12}, 0, 0.05));
  const quant::QuantisedWeight weight{layer.weight.value,
                                      {.bits = 4, .per_channel = false},
                                      {Tensor::full({1}, 1.0), Tensor::full({1}, 8.0)}};
  const auto recipe = quant_test::recipe({{"learn.granularity", "layer"},
                                          {"learn.iters", 300},
                                          {"learn.batch", 64},
                                          {"learn.optimizer.lr", 0.02}});
  const quant::Unit unit{
      "layer", [&](const Variable& in, nn::Pass& pass) { return layer.forward(in, pass); }};
  nn::EvalPass plain;
  std::vector<std::vector<double>> codes, losses;
  for (const bool gram : {false, true}) {
    quant::UnitData data{x, x_float, layer.forward(Variable(x_float), plain).value()};
    if (gram) data.moments = quant::gram_moments(layer, x, x_float);
    quant::QuantPass pass{core::Precision::f32};
    quant::RoundingLearner learner(recipe.learn, {{"w", &weight}}, core::Rng(1));
    quant::Learner* const learners[] = {&learner};
    core::Monitor monitor;
    losses.push_back(
        quant::reconstruct({unit, data, recipe.learn, pass}, learners, core::Rng(1), monitor)
            .curve.loss);
    codes.push_back(learner.codes()[0].values());
  }
  CHECK(codes[0] == codes[1]);
  for (std::size_t i = 0; i < losses[0].size(); ++i)
    CHECK(losses[0][i] == doctest::Approx(losses[1][i]).epsilon(1e-3));
}

TEST_CASE("other precisions change the moments of a layer by their rounding errors") {
  core::Rng rng(8);
  nn::Conv2d layer(32, 32, 3, {.pad = {1, 1}}, false);
  layer.weight.value = rng.normal(layer.weight.value.shape(), 0, 0.1);
  const Tensor x = rng.normal({8, 12, 12, 32}, 0, 1),
               target = core::add(x, rng.normal({8, 12, 12, 32}, 0, 0.1));
  const quant::GramMoments exact = quant::gram_moments(layer, x, target);
  for (const auto& [precision, most] :
       {std::pair{core::Precision::f32_winograd, 1e-4}, std::pair{core::Precision::bf16, 0.02}}) {
    const quant::GramMoments rough = quant::gram_moments(layer, x, target, precision);
    CHECK(support::same_bits(rough.a, exact.a));
    CHECK(support::relative_difference(rough.e, exact.e) < most);
    CHECK(rough.constant == doctest::Approx(exact.constant).epsilon(most));
  }
}

TEST_CASE("gram_moments refuses inputs of two shapes") {
  const nn::Linear layer(6, 4, false);
  CHECK_THROWS_AS(quant::gram_moments(layer, Tensor::zeros({3, 6}), Tensor::zeros({4, 6})),
                  core::ShapeError);
}
