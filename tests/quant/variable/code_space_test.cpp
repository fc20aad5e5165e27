// The code-space family on grids with a level function; learned_test.cpp has the uniform ones.
#include "quant/variable/code_space.h"

#include <doctest/doctest.h>

#include <set>

#include "core/kernels/map.h"
#include "quant/grid/codes.h"
#include "quant/grid/level_table.h"
#include "quant/grid/levels.h"
#include "tests/quant/variable/bent.h"
#include "tests/quant/variable/cases.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::QuantisedWeight;
using quant::RoundingVariable;
using quant_test::bent;
using quant_test::leaves;

namespace {

const std::vector<std::string> kNames{"flexround", "full_range", "sign_round", "ste_weight"};

std::vector<Tensor> moved(const RoundingVariable& variable, const QuantisedWeight& weight,
                          double by) {
  std::vector<Tensor> learned = variable.init(weight);
  core::Rng rng(8);
  for (Tensor& t : learned) core::accumulate(t, rng.normal(t.shape(), 0.0, by, t.dtype()));
  return learned;
}

}  // namespace

TEST_CASE("on a power grid no code-space variable starts otherwise than at round to nearest") {
  const Tensor w = core::Rng(3).normal({5, 4, 3, 3}, 0.05, 1.0);
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    for (const int bits : {2, 3, 4, 8}) {
      for (const double a : {0.3, 0.5, 1.0, 1.4}) {
        const QuantisedWeight weight = bent(w, bits, a, bits != 3);
        const std::vector<Tensor> start = variable->init(weight);
        CHECK(support::same_bits(variable->harden(weight, start),
                                 quant::quantise_codes(weight.w, weight.q, weight.grid)));
        CHECK(support::same_bits(variable->soften(weight, leaves(start), {}).weight.value(),
                                 quant::fake_quantise(weight.w, weight.q, weight.grid)));
      }
    }
  }
}

TEST_CASE(
    "what is seen on a power grid is hard, wherever the values go, and all codes are reached") {
  const Tensor w = core::Rng(4).normal({5, 4, 3, 3}, 0, 1);
  const QuantisedWeight weight = bent(w, 3, 0.5, true);
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const std::vector<Tensor> learned = moved(*variable, weight, 2.0);
    const Tensor codes = variable->harden(weight, learned);
    CHECK(support::same_bits(variable->soften(weight, leaves(learned), {}).weight.value(),
                             quant::dequantise(codes, weight.q, weight.grid)));
    std::set<int> seen;
    for (const std::int32_t code : codes.data<std::int32_t>()) seen.insert(code);
    CHECK(*seen.begin() == -3);
    CHECK(*seen.rbegin() == 3);
  }
}

TEST_CASE("straight-through gradients on a power grid are those of the file heads") {
  const QuantisedWeight weight =
      quant_test::wide(bent(core::Rng(5).normal({3, 4, 2, 2}, 0, 1), 4, 0.6, true));
  const quant::LevelTable table(weight.grid, weight.q.warp);
  const Tensor dy = core::Rng(6).normal(weight.w.shape(), 0, 1, DType::f64);
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const std::vector<Tensor> start = moved(*variable, weight, 0.05);
    const std::vector<Variable> learned = leaves(start);
    const Variable soft = variable->soften(weight, learned, {}).weight;
    const Tensor got = autograd::gradients(soft, learned, &dy)[0];
    for (int i = 0; i < 48; ++i) {
      const double s = weight.q.scale.at(i / 16), w = weight.w.at(i), v = start[0].at(i);
      double x = w, offset = 0, expected = 0;
      if (name == "ste_weight") x = v;
      if (name == "flexround") x *= std::exp(-(v + start[1].at(i / 16) + start[2].at(i / 4 % 4)));
      if (name == "full_range" || name == "sign_round") offset = v;
      const double t = weight.grid.levels->position(x / s, table.warp()) + offset;
      if (table.inside(t)) {
        if (name == "ste_weight") expected = 1;
        if (name == "flexround") expected = -x;
        if (name == "full_range" || name == "sign_round") expected = s * table.slope(table.code(t));
      }
      CHECK(got.at(i) == doctest::Approx(expected * dy.at(i)));
    }
  }
}

TEST_CASE("with exponent 1 values and gradients are those of the uniform grid, the step's too") {
  const QuantisedWeight weight =
      quant_test::wide(bent(core::Rng(9).normal({3, 40}, 0, 1), 3, 1.0, true));
  QuantisedWeight uniform = weight;
  uniform.grid.levels = nullptr;
  const Tensor dy = core::Rng(10).normal(weight.w.shape(), 0, 1, DType::f64);
  const Variable scale(weight.q.scale, true);
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const std::vector<Variable> learned = leaves(moved(*variable, weight, 0.3));
    std::vector<Variable> wrt = learned;
    wrt.push_back(scale);
    const Variable a = variable->soften(weight, learned, {.scale = &scale}).weight;
    const Variable b = variable->soften(uniform, learned, {.scale = &scale}).weight;
    CHECK(support::relative_difference(a.value(), b.value()) < 1e-12);
    const auto da = autograd::gradients(a, wrt, &dy), db = autograd::gradients(b, wrt, &dy);
    for (std::size_t k = 0; k < da.size(); ++k)
      CHECK(support::relative_difference(da[k], db[k]) < 1e-10);
  }
}
