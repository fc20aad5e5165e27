// The two-state family on grids with a level function; learned_test.cpp has the uniform ones.
#include "quant/variable/two_state.h"

#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "core/kernels/map.h"
#include "quant/grid/codes.h"
#include "quant/grid/level_table.h"
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

std::vector<std::string> two_states() {
  std::vector<std::string> out;
  for (const std::string& name : core::Registry<RoundingVariable>::names()) {
    if (quant_test::make<RoundingVariable>(name)->fused()) out.push_back(name);
  }
  return out;
}

/// Weights of every kind: a peak at zero, exact zeros, ends, and positions at one half.
Tensor awkward() {
  Tensor w = core::Rng(3).normal({4, 60}, 0, 1);
  const auto x = w.writable<float>();
  for (std::size_t i = 0; i < 60; ++i) {
    x[i] = x[i] * x[i] * x[i];
    x[60 + i] = 0;
    const float half = (static_cast<float>(i % 7) + 0.5f) / 7;  // position i + 1/2 at exponent 1/2
    x[120 + i] = i == 0 ? 1.0f : half * half * (i % 2 == 0 ? 1.0f : -1.0f);
  }
  return w;
}

}  // namespace

TEST_CASE("on a power grid no two-state variable starts otherwise than at round to nearest") {
  for (const std::string& name : two_states()) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    for (const int bits : {2, 3, 4, 8}) {
      for (const double a : {0.3, 0.5, 1.0, 1.4}) {
        for (const bool per_channel : {true, false}) {
          const QuantisedWeight weight = bent(awkward(), bits, a, per_channel);
          CHECK(support::same_bits(variable->harden(weight, variable->init(weight)),
                                   quant::quantise_codes(weight.w, weight.q, weight.grid)));
        }
      }
    }
  }
}

TEST_CASE("the soft weight lies as far between two levels as h says, and cannot leave them") {
  const QuantisedWeight weight = bent(core::Rng(5).normal({4, 50}, 0, 1), 4, 0.5, true);
  const Tensor position = quant::positions(weight.w, weight.q, weight.grid);
  const quant::LevelTable table(weight.grid, weight.q.warp);
  for (const std::string& name : two_states()) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    std::vector<Tensor> learned = variable->init(weight);
    for (Tensor& t : learned) core::accumulate(t, core::Rng(6).normal(t.shape(), 0, 0.5));
    const quant::Softened soft = variable->soften(weight, leaves(learned), {.progress = 0.3});
    const Tensor codes = variable->harden(weight, learned);
    for (int i = 0; i < 200; ++i) {
      const double floor = std::floor(position.at(i)), s = weight.q.scale.at(i / 50);
      const double lo = table.level(table.code(floor)), hi = table.level(table.code(floor + 1));
      if (soft.h)
        CHECK(soft.weight.value().at(i) ==
              doctest::Approx(s * (lo + soft.h->value().at(i) * (hi - lo))).epsilon(1e-5));
      CHECK((codes.at(i) == table.code(floor) || codes.at(i) == table.code(floor + 1)));
    }
  }
}

TEST_CASE("gradients on a power grid match finite differences, step and exponent included") {
  core::Rng rng(7);
  QuantisedWeight weight = quant_test::wide(bent(rng.normal({2, 6}, 0, 1), 4, 0.6, true));
  const std::vector<double> warp{0.6};
  for (int i = 0; i < 12; ++i) {  // positions with fractions in [0.2, 0.8], one clipped at each end
    const double t = i % 6 * 2.2 - 6.6 + rng.uniform({1}, 0.2, 0.6).item();
    weight.w.writable<double>()[static_cast<std::size_t>(i)] =
        weight.q.scale.at(i / 6) * std::copysign(7 * std::pow(std::abs(t) / 7, 1 / 0.6), t);
  }
  weight.w.writable<double>()[2] *= 40;
  weight.w.writable<double>()[9] *= -60;
  for (const std::string& name : two_states()) {
    if (name == "ste_hard") continue;
    const auto variable = quant_test::make<RoundingVariable>(name);
    std::vector<Tensor> inputs = variable->init(weight);
    const std::size_t count = inputs.size();
    inputs.push_back(weight.q.scale);
    inputs.push_back(weight.q.warp);
    for (const double progress : {0.0, 0.5}) {
      const auto report = autograd::gradcheck(
          [&](auto in) {
            return variable
                ->soften(weight, in.first(count),
                         {.progress = progress, .scale = &in[count], .warp = &in[count + 1]})
                .weight;
          },
          inputs);
      CHECK_MESSAGE(report.passed, name << " at " << progress << ": " << report.str());
    }
  }
}

TEST_CASE("the hard two-state variable has the distance of its two levels as gradient") {
  const QuantisedWeight weight = bent(core::Rng(8).normal({3, 40}, 0, 1), 3, 0.4, true);
  const auto variable = quant_test::make<RoundingVariable>("ste_hard");
  const std::vector<Variable> learned = leaves(variable->init(weight));
  const Variable soft = variable->soften(weight, learned, {}).weight;
  CHECK(support::same_bits(soft.value(), quant::fake_quantise(weight.w, weight.q, weight.grid)));
  const Tensor ones = Tensor::full(weight.w.shape(), 1.0);
  const Tensor slope = autograd::gradients(soft, learned, &ones)[0];
  const Tensor position = quant::positions(weight.w, weight.q, weight.grid);
  const quant::LevelTable table(weight.grid, weight.q.warp);
  for (int i = 0; i < 120; ++i) {
    const double f = std::floor(position.at(i));
    CHECK(slope.at(i) ==
          doctest::Approx(weight.q.scale.at(i / 40) *
                          (table.level(table.code(f + 1)) - table.level(table.code(f)))));
  }
}

TEST_CASE("with exponent 1 soft weights and gradients are those of the uniform grid") {
  QuantisedWeight weight = quant_test::wide(bent(core::Rng(9).normal({3, 40}, 0, 1), 3, 1.0, true));
  QuantisedWeight uniform = weight;
  uniform.grid.levels = nullptr;
  const Tensor dy = core::Rng(10).normal(weight.w.shape(), 0, 1, DType::f64);
  for (const std::string& name : two_states()) {
    CAPTURE(name);
    const auto variable = quant_test::make<RoundingVariable>(name);
    const std::vector<Variable> learned = leaves(variable->init(weight));
    const Variable a = variable->soften(weight, learned, {}).weight;
    const Variable b = variable->soften(uniform, learned, {}).weight;
    CHECK(support::relative_difference(a.value(), b.value()) < 1e-12);
    // the largest weight of a channel stands on the end of the grid, where one form clips h + qmax
    // at once and the other when h moves
    Tensor inner = dy;
    for (int i = 0; i < 120; ++i) {
      if (std::abs(weight.w.at(i)) > 2.999 * weight.q.scale.at(i / 40))
        inner.writable<double>()[static_cast<std::size_t>(i)] = 0;
    }
    const auto da = autograd::gradients(a, learned, &inner),
               db = autograd::gradients(b, learned, &inner);
    for (std::size_t k = 0; k < da.size(); ++k)
      CHECK(support::relative_difference(da[k], db[k]) < 1e-12);
  }
}
