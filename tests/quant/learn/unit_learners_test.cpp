#include "quant/learn/unit_learners.h"

#include <doctest/doctest.h>

#include "quant/grid/codes.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;

namespace {

struct Fixture {
  quant::Unit unit{"unit", {}, {"w"}, {{"b", Tensor::zeros({2})}}, {{"g", Tensor::zeros({2})}}};
  quant::QuantisedWeight weight{core::Rng(1).normal({2, 5}, 0, 1),
                                {.bits = 3},
                                {Tensor::full({2}, 0.5), Tensor::full({2}, 3)}};
  std::vector<Tensor> starts{Tensor::zeros({2, 5})};

  quant::UnitLearners learners(const quant::Recipe& recipe) {
    return {recipe.learn, unit, {&weight}, starts, core::Rng(2)};
  }
};

}  // namespace

TEST_CASE("what a recipe leaves off does not learn, and grids belong to the roundings") {
  Fixture f;
  const auto count = [&](quant_test::Keys keys) {
    const quant::Recipe recipe = quant_test::recipe(keys);
    quant::UnitLearners learners = f.learners(recipe);
    const auto all = learners.all();
    const auto at = std::find(all.begin(), all.end(), &learners.rounding());
    return std::pair(all.size(), at - all.begin());
  };
  using P = std::pair<std::size_t, std::ptrdiff_t>;
  CHECK(count({}) == P{1, 0});
  CHECK(count({{"learn.w_scale.on", true}}) == P{1, 0});
  CHECK(count({{"learn.w_range.on", true}}) == P{1, 0});
  CHECK(count({{"learn.bias.on", true}, {"learn.norm.on", true}}) == P{3, 0});
}

TEST_CASE("activation quantisers join when a unit has some") {
  Fixture f;
  const quant::Recipe recipe = quant_test::recipe({});
  quant::UnitLearners learners = f.learners(recipe);
  quant::QuantPass pass(core::Precision::f32);
  learners.add_steps(recipe.learn_act, {}, pass);
  CHECK(learners.all().size() == 1);
  const quant::SiteId site{"act", quant::kOutput};
  pass.set_activation(
      site,
      {Variable(Tensor::full({1}, 0.1)), Tensor::zeros({1}), {.bits = 3, .per_channel = false}});
  learners.add_steps(recipe.learn_act, {site}, pass);
  CHECK(learners.all().size() == 2);
}

TEST_CASE("untouched learners of every kind place round to nearest, bit for bit") {
  Fixture f;
  const Tensor nearest = quant::fake_quantise(f.weight.w, f.weight.q, f.weight.grid);
  struct Probe final : nn::Module {
    std::string_view type() const override { return "Probe"; }
  } probe;
  for (const std::string& variable : core::Registry<quant::RoundingVariable>::names()) {
    for (const char* with :
         {"learn.bias.on", "learn.w_scale.on", "learn.w_zero.on", "learn.w_range.on"}) {
      CAPTURE(variable);
      CAPTURE(with);
      const quant::Recipe recipe = quant_test::recipe({{"learn.variable", variable},
                                                       {"learn.regulariser", "none"},
                                                       {"quant.first_last", "same"},
                                                       {with, true}});
      quant::UnitLearners learners = f.learners(recipe);
      quant::QuantPass pass(core::Precision::f32);
      for (quant::Learner* learner : learners.all()) learner->place(pass);
      CHECK(support::same_bits(pass.parameter(probe, {"w", f.weight.w}).value(), nearest));
    }
  }
}

TEST_CASE("one weight and one selection a parameter are needed") {
  Fixture f;
  const quant::Recipe recipe = quant_test::recipe({});
  CHECK_THROWS_AS(quant::UnitLearners(recipe.learn, f.unit, {}, f.starts, core::Rng(1)),
                  core::ShapeError);
}
