#include "quant/variable/on_grid.h"

#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "quant/grid/codes.h"
#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::QuantisedWeight;
using quant::Rounding;

TEST_CASE("positions and places on the grid match finite differences") {
  core::Rng rng(1);
  // two entries, long runs, weights inside and outside of the range
  const QuantisedWeight weight{
      rng.uniform({2, 9}, -3.0, 3.0, DType::f64),
      {.bits = 3},
      {Tensor::of<double>({2}, {0.5, 0.7}), Tensor::of<double>({2}, {3, 4})}};
  const std::vector<Tensor> inputs{weight.w, weight.q.scale, weight.q.zero};
  const auto report = autograd::gradcheck(
      [&](auto in) {
        const quant::Softening at{.scale = &in[1], .zero = &in[2]};
        return quant::on_grid(quant::code_position(in[0], weight, at), weight, at, Rounding::none);
      },
      inputs);
  CHECK_MESSAGE(report.passed, report.str());
}

TEST_CASE("the gradient of a rounded weight for its step is that of LSQ") {
  // oracle: s = .13, x = .77: round(t) - t = 6 - 5.923077; beyond the range the end itself
  const QuantisedWeight weight{
      Tensor::of<double>({1}, {0.77}),
      {.bits = 4, .symmetric = true, .per_channel = false},
      {Tensor::full({1}, 0.13, DType::f64), Tensor::zeros({1}, DType::f64)}};
  const Variable scale(weight.q.scale, true);
  const quant::Softening at{.scale = &scale};
  const auto slope = [&](double w) {
    const Variable x(Tensor::of<double>({1}, {w}));
    const Variable y =
        quant::on_grid(quant::code_position(x, weight, at), weight, at, Rounding::nearest);
    return autograd::gradients(y, std::span(&scale, 1))[0].item();
  };
  CHECK(slope(0.77) == doctest::Approx(0.0769231).epsilon(1e-6));
  CHECK(slope(5.0) == 7);
  CHECK(slope(-5.0) == -8);
}

TEST_CASE("places without rounding are the soft rounding, with rounding the fake quantisation") {
  for (const bool per_channel : {true, false}) {
    const auto weight = quant_test::ranged(core::Rng(2).normal({5, 300}, 0.1, 1.0),
                                           {.bits = 3, .per_channel = per_channel});
    const Variable u = quant::code_position(Variable(weight.w), weight, {});
    CHECK(support::same_bits(quant::on_grid(u, weight, {}, Rounding::nearest).value(),
                             quant::fake_quantise(weight.w, weight.q, weight.grid)));
    CHECK(support::same_bits(quant::codes_at(u.value(), weight.grid, weight.q),
                             quant::quantise_codes(weight.w, weight.q, weight.grid)));
  }
}

TEST_CASE("sums over runs longer than a block do not depend on how they are cut") {
  core::Rng rng(3);
  const QuantisedWeight weight{
      rng.uniform({20000}, -4.0, 4.0, DType::f64),
      {.bits = 3, .per_channel = false},
      {Tensor::full({1}, 0.9, DType::f64), Tensor::full({1}, 3.0, DType::f64)}};
  const Tensor dy = rng.normal({20000}, 0, 1, DType::f64);
  const std::vector<Variable> wrt{Variable(weight.q.scale, true), Variable(weight.q.zero, true)};
  const quant::Softening at{.scale = &wrt[0], .zero = &wrt[1]};
  const Variable u(quant::code_position(Variable(weight.w), weight, {}).value());
  const auto got = autograd::gradients(quant::on_grid(u, weight, at, Rounding::nearest), wrt, &dy);
  double ds = 0, dz = 0;
  for (int i = 0; i < 20000; ++i) {
    const double code = std::nearbyint(u.value().at(i)) + 3, clipped = std::clamp(code, 0.0, 7.0);
    ds += dy.at(i) * (clipped - 3);
    if (code != clipped) dz -= 0.9 * dy.at(i);
  }
  CHECK(got[0].item() == doctest::Approx(ds));
  CHECK(got[1].item() == doctest::Approx(dz));
}

TEST_CASE("clip_inward passes gradients inside and where a descent step leads back in") {
  const std::vector<Variable> x{Variable(Tensor::of<double>({6}, {-1, -1, 0, 0.5, 2, 2}), true)};
  const Tensor dy = Tensor::of<double>({6}, {-3, 3, 4, 5, 6, -6});
  const Variable y = quant::clip_inward(x[0], 0, 1);
  CHECK(y.value().values() == std::vector<double>{0, 0, 0, 0.5, 1, 1});
  CHECK(autograd::gradients(y, x, &dy)[0].values() == std::vector<double>{-3, 0, 4, 5, 6, 0});
}

TEST_CASE("a place on the grid refuses shapes that do not fit") {
  const auto weight = quant_test::step_one(Tensor::zeros({4}));
  CHECK_THROWS_AS(quant::on_grid(Variable(Tensor::zeros({3})), weight, {}, Rounding::none),
                  core::ShapeError);
  const Variable scale(Tensor::full({3}, 1.0));
  CHECK_THROWS_AS(quant::on_grid(Variable(weight.w), weight, {.scale = &scale}, Rounding::none),
                  core::ShapeError);
}
