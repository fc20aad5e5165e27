#include "quant/recipe/learn_recipe.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using quant_test::recipe;

TEST_CASE("what a single layer cannot do is refused before anything runs") {
  const auto layer = [](const char* key, core::Value value) {
    recipe({{"learn.granularity", "layer"}, {key, std::move(value)}});
  };
  for (const char* loss : {"fisher", "prediction"})
    CHECK_THROWS_WITH_AS(layer("learn.loss", loss), doctest::Contains("behind a unit"),
                         core::ConfigError);
  CHECK_THROWS_WITH_AS(layer("learn.norm.on", true), doctest::Contains("between layers"),
                       core::ConfigError);
  layer("learn.loss", "l1");
}

TEST_CASE("the gram engine is refused where moments of single layers do not describe the steps") {
  const auto gram = [](const char* key, core::Value value) {
    return recipe({{"learn.engine", "gram"}, {"learn.granularity", "layer"}, {key, value}})
        .learn.gram;
  };
  CHECK(gram("learn.iters", 10));
  CHECK(gram("learn.input", "fp"));
  CHECK_THROWS_WITH_AS(gram("learn.granularity", "block"), doctest::Contains("granularity layer"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(gram("learn.loss", "l1"), doctest::Contains("needs loss l2"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(gram("learn.input", "mix"), doctest::Contains("mixed anew"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(gram("learn.augment", "gaussian"), doctest::Contains("mixed anew"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(gram("learn.bias.on", true), doctest::Contains("biases"), core::ConfigError);
  CHECK_THROWS_WITH_AS(gram("learn_act.joint", true), doctest::Contains("joint"),
                       core::ConfigError);
}

TEST_CASE("the optimizer factory makes a fresh optimizer every time") {
  const quant::Recipe r = recipe({{"learn.optimizer.lr", 0.5}});
  const auto a = r.learn.optimizer(), b = r.learn.optimizer();
  CHECK(a.get() != b.get());
  CHECK(a->base_lr() == 0.5);
}

TEST_CASE("range factors go without other learned steps and zero points") {
  for (const char* other : {"learn.w_scale.on", "learn.w_zero.on"})
    CHECK_THROWS_WITH_AS(recipe({{"learn.w_range.on", true}, {other, true}}),
                         doctest::Contains("without w_scale, w_zero"), core::ConfigError);
  CHECK(recipe({{"learn.w_range.on", true}}).learn.w_range.on);
}

TEST_CASE("the best batch is refused where roundings are open until the end") {
  CHECK_THROWS_WITH_AS(recipe({{"learn.snapshot", "best_batch"}}), doctest::Contains("take best"),
                       core::ConfigError);
  CHECK(
      recipe({{"learn.snapshot", "best_batch"}, {"learn.variable", "ste_weight"}}).learn.snapshot ==
      quant::Snapshot::best_batch);
  CHECK(recipe({{"learn_act.snapshot", "best"}}).learn_act.snapshot == quant::Snapshot::best);
}

TEST_CASE(
    "the first of two passes sees float inputs and has no regulariser, the rest is the same") {
  const quant::Recipe r = recipe({{"learn.order", "two_passes"},
                                  {"learn.iters", 7},
                                  {"learn.loss", "l1"},
                                  {"learn.snapshot", "best"},
                                  {"learn.regulariser.lambda", 0.5},
                                  {"learn.bias.on", true}});
  REQUIRE(r.learn.first_pass);
  const quant::LearnWeights& first = *r.learn.first_pass;
  CHECK_FALSE(first.wants_quantised());
  CHECK_FALSE(first.regulariser->active());
  CHECK(first.snapshot == quant::Snapshot::last);
  CHECK(first.iters == 7);
  CHECK(first.bias.on);
  CHECK_FALSE(first.first_pass);
  CHECK(r.learn.wants_quantised());
  CHECK(r.learn.regulariser->active());
}

TEST_CASE("two passes on float inputs would be the same pass twice, and are refused") {
  CHECK_THROWS_WITH_AS(recipe({{"learn.order", "two_passes"}, {"learn.input", "fp"}}),
                       doctest::Contains("repeat"), core::ConfigError);
}

TEST_CASE("symmetric activations have no zero point to learn") {
  CHECK_THROWS_WITH_AS(recipe({{"quant.act.symmetric", true}, {"learn_act.a_zero.on", true}}),
                       doctest::Contains("a_zero"), core::ConfigError);
}

TEST_CASE("losses over all layers want the whole network and its own targets") {
  CHECK_THROWS_WITH_AS(recipe({{"learn.loss", "layers"}}), doctest::Contains("granularity network"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"learn.loss", "layers"},
                               {"learn.granularity", "network"},
                               {"learn.augment.name", "gaussian"},
                               {"learn.augment.target", "keep"}}),
                       doctest::Contains("recompute"), core::ConfigError);
  recipe({{"learn.loss", "layers"}, {"learn.granularity", "network"}});
}

TEST_CASE("inputs of blocks are corrected, not of layers, nor where the float input is not used") {
  for (const char* unit : {"layer", "network"})
    CHECK_THROWS_WITH_AS(recipe({{"learn.correct.on", true}, {"learn.granularity", unit}}),
                         doctest::Contains("blocks"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"learn.correct.on", true}, {"learn.input", "sym_quant"}}),
                       doctest::Contains("float input"), core::ConfigError);
}

TEST_CASE("activations fade in while weights learn, or are left out, not both") {
  CHECK_THROWS_WITH_AS(recipe({{"learn.gradual", true}}), doctest::Contains("learn_act.joint"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(
      recipe({{"learn.gradual", true}, {"learn_act.joint", true}, {"learn.keep", 0.5}}),
      doctest::Contains("not both"), core::ConfigError);
  recipe({{"learn.gradual", true}, {"learn_act.joint", true}});
}

TEST_CASE("variables over all levels take even ones only, and say so") {
  for (const char* variable : {"softmax_all", "gumbel_all"})
    CHECK_THROWS_WITH_AS(recipe({{"learn.variable", variable},
                                 {"quant.weight.grid", "power"},
                                 {"quant.weight.bits", 3},
                                 {"quant.first_last", "same"}}),
                         doctest::Contains("evenly spaced"), core::ConfigError);
}

TEST_CASE("solvers refuse what they would have to ignore") {
  const auto solver = [](const char* key, core::Value value) {
    core::Value tree = quant_test::tree(
        {{"learn.solver", "hessian_gptq"}, {"learn.granularity", "layer"}, {"learn.iters", 0}});
    tree.set_path(key, std::move(value));
    core::Params params(tree);
    const quant::Recipe out(params);
    return out.learn.solves();
  };
  CHECK(solver("learn.input", "fp"));
  CHECK(solver("learn.snapshot", "rollback"));
  CHECK(solver("learn.solver.damping", 0.1));
  const auto refused = [&](const char* key, core::Value value, const char* why) {
    CHECK_THROWS_WITH_AS(solver(key, std::move(value)), doctest::Contains(why), core::ConfigError);
  };
  refused("learn.granularity", "block", "granularity layer");
  refused("learn.iters", 5, "iters 0");
  refused("learn.engine", "gram", "engine sampled");
  refused("learn.augment", "flip", "without augment");
  refused("learn.input", "mix", "not mixed anew");
  refused("learn.order", "two_passes", "one pass");
  refused("learn.bias.on", true, "must be off");
  refused("learn.w_scale.on", true, "must be off");
  refused("learn.selection", "near_half", "selection all");
  refused("learn.keep", 0.5, "keep");
  refused("learn.snapshot", "best", "last or rollback");
  refused("learn.patience", 25, "without patience");
  refused("learn_act.joint", true, "learn_act.joint false");
}
