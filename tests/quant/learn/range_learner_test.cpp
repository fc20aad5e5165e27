#include "quant/learn/range_learner.h"

#include <doctest/doctest.h>

#include "autograd/gradients.h"
#include "autograd/ops/reduce.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

namespace {

/// Two entries on 3 bits: ranges of -0.6 to 0.8 and -0.1 to 0.6.
quant::QuantisedWeight small_weight(core::DType dtype = core::DType::f32, bool symmetric = false) {
  const Tensor w = Tensor::of<float>({2, 2}, {0.3f, -0.5f, 0.58f, -0.1f}).to(dtype);
  const Tensor zero = symmetric ? Tensor::zeros({2}) : Tensor::of<float>({2}, {3, 1});
  return {w,
          {.bits = 3, .symmetric = symmetric},
          {Tensor::of<float>({2}, {0.2f, 0.1f}).to(dtype), zero.to(dtype)}};
}

std::vector<Variable> factors(double alpha, double beta, core::DType dtype = core::DType::f32) {
  return {Variable(Tensor::full({2}, alpha, dtype), true),
          Variable(Tensor::full({2}, beta, dtype), true)};
}

quant::Recipe sgd() {
  return quant_test::recipe({{"learn.w_range.on", true},
                             {"learn.w_range.optimizer.name", "sgd"},
                             {"learn.w_range.optimizer.lr", 1.0}});
}

}  // namespace

TEST_CASE("factors of one give back step and zero point bit for bit, whatever chose them") {
  core::Rng rng(3);
  const Tensor w = rng.normal({40, 30}, 0.02, 0.1);
  for (const char* scale : {"minmax", "mse", "l2p4"}) {
    for (const bool symmetric : {false, true}) {
      const quant::Grid grid{.bits = 3, .symmetric = symmetric};
      const quant::QuantisedWeight weight{w, grid,
                                          (*quant_test::make<quant::Scale>(scale))(w, grid)};
      const quant::Recipe recipe = sgd();
      quant::RangeLearner learner(recipe.learn.w_range, {&weight});
      CHECK(support::same_bits(learner.grid(0).scale->value(), weight.q.scale));
      CHECK(learner.grid(0).zero.has_value() == !symmetric);
      if (!symmetric) CHECK(support::same_bits(learner.grid(0).zero->value(), weight.q.zero));
    }
  }
}

TEST_CASE("half the upper end of -0.6 to 0.8 is a step of 1/7 and a zero point of 4") {
  const quant::LearnedGrid grid = quant::grid_of_range(small_weight(), factors(0.5, 1.0));
  CHECK(grid.scale->value().at(0) == doctest::Approx(1.0 / 7));  // (0.4 + 0.6) / 7
  CHECK(grid.zero->value().at(0) == 4);                          // 0.6 * 7 = 4.2
  CHECK(grid.scale->value().at(1) == doctest::Approx(0.4 / 7));  // (0.3 + 0.1) / 7
  CHECK(grid.zero->value().at(1) == 2);                          // 0.1 / 0.4 * 7 = 1.75
}

TEST_CASE("a symmetric range has one factor on both ends and keeps its zero point") {
  const std::vector<Variable> one{Variable(Tensor::full({2}, 0.5))};
  const quant::LearnedGrid grid = quant::grid_of_range(small_weight(core::DType::f32, true), one);
  CHECK(grid.scale->value().at(0) == doctest::Approx(0.1));
  CHECK_FALSE(grid.zero.has_value());
}

TEST_CASE("an empty range keeps a positive step") {
  const quant::LearnedGrid grid = quant::grid_of_range(small_weight(), factors(0, 0));
  CHECK(grid.scale->value().at(0) == doctest::Approx(0.2 * quant::kSmallestRange));
  CHECK(grid.zero->value().at(0) == 0);
}

TEST_CASE("gradients of step and zero point agree with finite differences of their formulas") {
  const core::DType f64 = core::DType::f64;
  const quant::QuantisedWeight weight = small_weight(f64);
  // by hand and without rounding: s and z of the range [-0.6 beta, 0.8 alpha]
  const auto step = [](double alpha, double beta) { return (0.8 * alpha + 0.6 * beta) / 7; };
  const auto zero = [&](double alpha, double beta) { return 0.6 * beta / step(alpha, beta); };
  const double a = 0.8, b = 0.9, h = 1e-6;
  const std::vector<Variable> in = factors(a, b, f64);
  const quant::LearnedGrid grid = quant::grid_of_range(weight, in);
  const Tensor first = Tensor::of<double>({2}, {1, 0});  // of the first entry only
  const auto ds = autograd::gradients(*grid.scale, in, &first);
  const auto dz = autograd::gradients(*grid.zero, in, &first);
  CHECK(ds[0].at(0) == doctest::Approx((step(a + h, b) - step(a - h, b)) / (2 * h)).epsilon(1e-6));
  CHECK(ds[1].at(0) == doctest::Approx((step(a, b + h) - step(a, b - h)) / (2 * h)).epsilon(1e-6));
  CHECK(dz[0].at(0) == doctest::Approx((zero(a + h, b) - zero(a - h, b)) / (2 * h)).epsilon(1e-6));
  CHECK(dz[1].at(0) == doctest::Approx((zero(a, b + h) - zero(a, b - h)) / (2 * h)).epsilon(1e-6));
  CHECK(ds[0].at(1) == 0);
}

TEST_CASE("a soft weight on a learned range passes its gradient on to both factors") {
  const quant::QuantisedWeight weight = small_weight(core::DType::f64);
  const auto variable = quant_test::make<quant::RoundingVariable>("sign_round");
  const std::vector<Tensor> start = variable->init(weight);
  const std::vector<Variable> in = factors(0.95, 1.0, core::DType::f64);
  const quant::LearnedGrid grid = quant::grid_of_range(weight, in);
  const std::vector<Variable> v{Variable(start[0])};
  const quant::Softening at{.scale = &*grid.scale, .zero = &*grid.zero};
  const Variable soft = variable->soften(weight, v, at).weight;
  // s = 1.36/7, z = round(3.088) = 3: t = (1.544, -2.574), codes 2 + 3 = 5 and -3 + 3 = 0, inside
  CHECK(soft.value().at(0) == doctest::Approx(2 * 1.36 / 7));
  CHECK(soft.value().at(1) == doctest::Approx(-3 * 1.36 / 7));
  const Tensor dy = Tensor::of<double>({2, 2}, {1, 10, 0, 0});
  const auto grads = autograd::gradients(soft, in, &dy);
  const double ds = 1 * (2 - 0.3 * 7 / 1.36) + 10 * (-3 + 0.5 * 7 / 1.36);  // LSQ
  CHECK(grads[0].at(0) == doctest::Approx(ds * 0.8 / 7));
  CHECK(grads[1].at(0) == doctest::Approx(ds * 0.6 / 7));
}

TEST_CASE("factors stay in [0, 1] and come back from a snapshot") {
  const quant::QuantisedWeight weight = small_weight();
  const quant::Recipe recipe = sgd();
  quant::RangeLearner learner(recipe.learn.w_range, {&weight});
  const std::vector<Tensor> start = learner.state();
  quant::QuantPass pass(core::Precision::f32);
  std::vector<Variable> wrt;
  learner.bind(pass, 0, 10, wrt);
  REQUIRE(wrt.size() == 2);
  CHECK_FALSE(learner.penalty(0, 10));
  const std::vector<Tensor> grads{Tensor::of<float>({2}, {0.5f, -3}),
                                  Tensor::of<float>({2}, {7, 0})};
  learner.update(grads, 0, 10);
  CHECK(learner.state()[0].values() == std::vector<double>{0.5, 1});
  CHECK(learner.state()[1].values() == std::vector<double>{0, 1});
  CHECK_FALSE(learner.grid(0).scale->requires_grad());
  learner.restore(start);
  CHECK(support::same_bits(learner.grid(0).scale->value(), weight.q.scale));
}
