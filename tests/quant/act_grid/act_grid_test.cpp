#include "quant/act_grid/act_grid.h"

#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/act_grid/tables.h"

using quant::ActRole;
using quant_test::recipe;
using quant_test::table;

TEST_CASE("every grid gives sound tables at all bits, on values with and without sign") {
  for (const std::string& name : core::Registry<quant::ActGrid>::names()) {
    if (name == "uniform") continue;
    for (const int bits : {2, 3, 4, 6, 8}) {
      CAPTURE(name);
      CAPTURE(bits);
      const std::size_t codes = std::size_t{1} << bits;
      quant_test::check_table(table(name, quant_test::softmax_values(), bits, ActRole::softmax),
                              codes);
      for (const ActRole role : {ActRole::gelu, ActRole::other})
        quant_test::check_table(table(name, quant_test::gelu_values(), bits, role), codes);
      quant_test::check_table(table(name, {0.0, 0.0}, bits), codes);
    }
  }
}

TEST_CASE("every grid commutes with powers of two, where its role has no scale of its own") {
  std::vector<double> sides = core::Rng(2).normal({500}, 0.2, 1.0).values(), up = sides, down;
  for (double& x : up) x = std::abs(x);
  for (const double x : up) down.push_back(-x);
  for (const std::string& name : core::Registry<quant::ActGrid>::names()) {
    if (name == "uniform") continue;
    for (const std::vector<double>& values : {sides, up, down}) {
      const quant::ActTable plain = table(name, values, 4);
      for (const int power : {-100, -40, -25, 25, 40, 100}) {
        std::vector<double> scaled = values;
        for (double& x : scaled) x = std::ldexp(x, power);
        const quant::ActTable other = table(name, scaled, 4);
        CAPTURE(name);
        CAPTURE(power);
        REQUIRE(other.levels.size() == plain.levels.size());
        CHECK(std::ldexp(other.step, -power) == plain.step);
        CHECK(other.levels == plain.levels);
        CHECK(other.cuts == plain.cuts);
      }
    }
  }
}

TEST_CASE("a searched base and powers have less error than even codes on softmax outputs") {
  const std::vector<double> x = quant_test::softmax_values();
  core::Tensor values =
      core::Tensor::of<double>({static_cast<std::int64_t>(x.size())}, x).to(core::DType::f32);
  const quant::Grid even{.bits = 4, .per_channel = false};
  const quant::QParams q = (*quant_test::make<quant::Scale>("mse"))(values, even);
  const core::Tensor nearest = quant::fake_quantise(values, q, even);
  double uniform = 0;
  for (std::int64_t i = 0; i < values.numel(); ++i)
    uniform += std::pow(values.at(i) - nearest.at(i), 2);
  for (const std::string name : {"adalog", "power"})
    CHECK_MESSAGE(quant_test::squared_error(table(name, x, 4, ActRole::softmax), x) < uniform,
                  name);
}

TEST_CASE("ranges are the largest value, a percentile or the least error") {
  const std::vector<double> x{0.1, 0.2, 0.3, 0.4, 8};
  const auto top = [&](quant_test::Keys keys) {
    const quant::ActTable t = table("log2", x, 4, ActRole::other, keys);
    return t.step * t.levels.back();
  };
  CHECK(top({{"range", "largest"}}) == doctest::Approx(8));
  CHECK(top({{"range", "percentile"}, {"percentile", 0.75}}) == doctest::Approx(0.4));
  CHECK_THROWS_AS(top({{"range", "largest"}, {"percentile", 0.75}}), core::ConfigError);
  const quant::ActTable least = table("log2", x, 4);
  CHECK(quant_test::squared_error(least, x) <=
        quant_test::squared_error(table("log2", x, 4, ActRole::other, {{"range", "largest"}}), x));
}

TEST_CASE("roles take their own levels, and what they are not said is as everywhere") {
  const auto all = recipe({{"quant.act.grid", "log2"}, {"quant.act.bits", 4}});
  CHECK(all.act.levels->name() == "log2");
  CHECK(all.act.softmax == all.act.levels);
  CHECK(all.act.gelu == all.act.levels);
  const auto some = recipe({{"quant.act.softmax", "adalog"}, {"quant.act.bits", 4}});
  CHECK(some.act.levels == nullptr);
  CHECK(some.act.softmax->name() == "adalog");
  CHECK(some.act.gelu == nullptr);
  const auto one = recipe({{"quant.act.grid", "power"}, {"quant.act.gelu", "uniform"}});
  CHECK(one.act.gelu == nullptr);
}

TEST_CASE("what cannot go together is refused with the reason") {
  CHECK_THROWS_WITH_AS(recipe({{"quant.act.grid", "log2"}, {"learn_act.a_zero.on", true}}),
                       doctest::Contains("no zero point"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.act.gelu", "twin"}, {"quant.act.symmetric", true}}),
                       doctest::Contains("even codes"), core::ConfigError);
  CHECK_THROWS_WITH_AS(
      recipe({{"quant.act.grid", "twin"}, {"quant.act.power_of_two_factor", true}}),
      doctest::Contains("even codes"), core::ConfigError);
  CHECK_THROWS_AS(recipe({{"quant.act.grid", "log3"}}), core::ConfigError);
}
