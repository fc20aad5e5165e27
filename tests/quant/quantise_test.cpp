#include "quant/quantise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "quant/grid/codes.h"
#include "quant/method/method.h"
#include "quant/network/bn_fold.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"
#include "tests/support/temp_dir.h"

using autograd::Variable;
using core::Tensor;
using quant_test::recipe;

namespace {

quant::Quantised run(const nn::Model& model, const Tensor& x, const quant::Recipe& r,
                     std::uint64_t seed = 1) {
  core::Monitor monitor;
  return quant::quantise(model, x, r, core::Rng(seed), monitor);
}

bool same_weights(const quant::Quantised& a, const quant::Quantised& b) {
  return std::equal(a.weights.begin(), a.weights.end(), b.weights.begin(), b.weights.end(),
                    [](const auto& x, const auto& y) {
                      return x.first == y.first &&
                             support::same_bits(x.second.codes, y.second.codes);
                    });
}

}  // namespace

TEST_CASE("no steps is round to nearest, bit for bit, by layer and by block") {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    const bool vit = name[0] == 'v';
    const auto model = quant_test::model(name, vit ? 28 : 8, 1);
    const Tensor x = quant_test::images(3, vit ? 28 : 8, 1);
    const auto layer =
        run(*model, x, recipe({{"learn.granularity", "layer"}, {"quant.weight.bits", 3}}));
    const auto block =
        run(*model, x, recipe({{"learn.granularity", "block"}, {"quant.weight.bits", 3}}));
    CHECK(support::same_bits(layer.logits(x), block.logits(x)));
    CHECK(same_weights(layer, block));
    const auto folded = model->clone();
    quant::fold_batch_norms(*folded);
    for (const auto& [path, baked] : layer.weights) {
      CHECK(support::same_bits(
          baked.codes,
          quant::quantise_codes(baked.original.w, baked.original.q, baked.original.grid)));
    }
    CHECK(layer.units.size() == (vit ? 26 : 20));
    CHECK(block.units.size() == (vit ? 8 : 11));
  }
}

TEST_CASE("8-bit weights and activations stay close to the float network") {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    const bool vit = name[0] == 'v';
    const auto model = quant_test::model(name, vit ? 28 : 8, 1);
    const Tensor x = quant_test::images(8, vit ? 28 : 8, 1);
    nn::EvalPass plain;
    const Tensor floats = model->forward(Variable(x), plain).value();
    const auto q = run(*model, x, recipe({{"quant.weight.bits", 8}, {"quant.act.bits", 8}}));
    CHECK(support::relative_difference(q.logits(x), floats) < 0.1);
    CHECK_FALSE(support::same_bits(q.logits(x), floats));
    const auto off = run(*model, x, recipe({{"quant.weight.bits", 32}}));
    CHECK(support::relative_difference(off.logits(x), floats) < 1e-5);
    CHECK(off.units.empty());
  }
}

TEST_CASE(
    "learned rounding ends below round to nearest in nearly every unit, by layer and by block") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(64, 8, 1);
  for (const char* granularity : {"layer", "block"}) {
    const auto q = run(*model, x,
                       recipe({{"learn.granularity", granularity},
                               {"learn.iters", 120},
                               {"learn.batch", 16},
                               {"learn.optimizer.lr", 0.03},
                               {"quant.weight.bits", 2}}));
    CHECK(q.status == "ok");
    int better = 0;
    for (const quant::UnitLog& unit : q.units) {
      better += unit.loss_hard <= unit.loss_rtn;
      CHECK(unit.phase == "weights");
      CHECK(unit.iterations == 120);
      CHECK(unit.cached_bytes > 0);
    }
    CHECK_MESSAGE(better >= static_cast<int>(q.units.size()) - 2,
                  granularity << ": " << better << " of " << q.units.size());
    CHECK(
        std::any_of(q.units.begin(), q.units.end(), [](const auto& u) { return u.flips > 0.01; }));
  }
}

TEST_CASE("the same seed gives the same bits and another seed other codes") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(48, 8, 1);
  const auto r = recipe({{"learn.iters", 20},
                         {"learn.batch", 8},
                         {"learn.optimizer.lr", 0.05},
                         {"quant.weight.bits", 2},
                         {"quant.act.bits", 4},
                         {"learn_act.iters", 5},
                         {"learn_act.optimizer.lr", 0.01}});
  const auto a = run(*model, x, r, 1), b = run(*model, x, r, 1), c = run(*model, x, r, 2);
  CHECK(same_weights(a, b));
  CHECK(support::same_bits(a.logits(x), b.logits(x)));
  CHECK_FALSE(same_weights(a, c));
  for (std::size_t i = 0; i < a.units.size(); ++i)
    CHECK(a.units[i].curve.loss == b.units[i].curve.loss);
}

TEST_CASE("the model that is quantised is not changed") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(4, 8, 1);
  nn::EvalPass plain;
  const Tensor before = model->forward(Variable(x), plain).value();
  run(*model, x, recipe({{"learn.iters", 2}, {"quant.act.bits", 4}, {"learn_act.iters", 2}}));
  CHECK(support::same_bits(model->forward(Variable(x), plain).value(), before));
}

TEST_CASE("learned activation steps lower the loss of their units and stay positive") {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    const bool vit = name[0] == 'v';
    const auto model = quant_test::model(name, vit ? 28 : 8, 1);
    const Tensor x = quant_test::images(16, vit ? 28 : 8, 1);
    const auto q = run(*model, x,
                       recipe({{"quant.weight.bits", 8},
                               {"quant.act.bits", 3},
                               {"learn_act.iters", 12},
                               {"learn_act.batch", 16},
                               {"learn_act.optimizer.lr", 0.003},
                               {"quant.act.scale", "minmax"}}));
    CHECK(q.status == "ok");
    double before = 0, after = 0;
    for (const quant::UnitLog& unit : q.units) {
      if (unit.phase != "activations") continue;
      before += unit.loss_rtn;
      after += unit.loss_hard;
    }
    CHECK(after < before);
    for (const auto& site : q.map.acts)
      CHECK(q.pass->activation(site.id.path, site.id.operand)->scale.value().item() > 0);
  }
}

TEST_CASE("skipping the first stage leaves it at round to nearest") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const auto q = run(*model, quant_test::images(16, 8, 1),
                     recipe({{"learn.iters", 10},
                             {"learn.skip_first", true},
                             {"learn.optimizer.lr", 0.3},
                             {"quant.first_last", "same"},
                             {"quant.weight.bits", 2}}));
  CHECK(q.units[0].iterations == 0);
  CHECK(q.units[0].flips == 0);
  CHECK(q.units[1].iterations == 10);
}

TEST_CASE("rollback never ends above round to nearest") {
  const auto model = quant_test::model("resnet20", 8, 1);
  // a rate this high makes noise
  const auto q = run(*model, quant_test::images(16, 8, 1),
                     recipe({{"learn.iters", 3},
                             {"learn.snapshot", "rollback"},
                             {"learn.optimizer.lr", 3.0},
                             {"quant.weight.bits", 4}}));
  bool any = false;
  for (const quant::UnitLog& unit : q.units) {
    CHECK(unit.loss_hard <= unit.loss_rtn);
    any = any || unit.rolled_back;
  }
  CHECK(any);
}

TEST_CASE("a network that is not finite is reported as diverged, with unit and step") {
  const auto model = quant_test::model("resnet20", 8, 1);
  Tensor x = quant_test::images(16, 8, 1);
  x.writable<float>()[3] = 1e30f;
  const auto q = run(*model, x, recipe({{"learn.iters", 3}, {"learn.batch", 16}}));
  CHECK(q.status.starts_with("diverged: unit"));
  CHECK(q.status.find("step 0") != std::string::npos);
}

TEST_CASE("fused and defined rounding end with nearly the same codes") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(32, 8, 1);
  std::vector<quant::Quantised> results;
  for (const bool fused : {true, false}) {
    results.push_back(run(*model, x,
                          recipe({{"learn.iters", 30},
                                  {"learn.batch", 8},
                                  {"learn.optimizer.lr", 0.03},
                                  {"learn.fused", fused},
                                  {"quant.weight.bits", 2}})));
  }
  std::int64_t different = 0, all = 0;
  for (const auto& [path, baked] : results[0].weights) {
    const auto a = baked.codes.data<std::int32_t>(),
               b = results[1].weights.at(path).codes.data<std::int32_t>();
    for (std::size_t i = 0; i < a.size(); ++i) different += a[i] != b[i];
    all += static_cast<std::int64_t>(a.size());
  }
  CHECK(double(different) / double(all) < 0.02);
}

TEST_CASE("images of another form are refused") {
  const auto model = quant_test::model("resnet20", 8, 1);
  CHECK_THROWS_AS(run(*model, Tensor::zeros({2, 8, 8}), recipe({})), core::ShapeError);
  CHECK_THROWS_AS(run(*model, Tensor::zeros({0, 8, 8, 1}), recipe({})), core::ShapeError);
}

TEST_CASE("a bf16 recipe learns too, on sums in f32") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(16, 8, 1);
  const auto wide = run(*model, x, recipe({{"quant.weight.bits", 8}}));
  const auto narrow = run(*model, x, recipe({{"quant.weight.bits", 8}, {"precision", "bf16"}}));
  CHECK_FALSE(support::same_bits(wide.logits(x), narrow.logits(x)));
  CHECK(support::relative_difference(narrow.logits(x), wide.logits(x)) < 0.05);
  const auto learned =
      run(*model, x, recipe({{"quant.weight.bits", 3}, {"precision", "bf16"}, {"learn.iters", 5}}));
  CHECK(learned.status == "ok");
}

TEST_CASE("best never ends above round to nearest, on the rows it looks at") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const auto q = run(*model, quant_test::images(16, 8, 1),
                     recipe({{"learn.iters", 6},
                             {"learn.snapshot", "best"},
                             {"learn.snapshot_every", 2},
                             {"learn.optimizer.lr", 1.0},
                             {"learn.bias.on", true},
                             {"learn.w_range.on", true},
                             {"learn.w_range.optimizer.lr", 0.02},
                             {"quant.weight.bits", 3}}));
  bool moved = false;
  for (const quant::UnitLog& unit : q.units) {
    CHECK(unit.loss_hard <= unit.loss_rtn);
    moved = moved || unit.loss_hard < unit.loss_rtn;
  }
  CHECK(moved);
}

TEST_CASE("a rolled back unit keeps nothing of what it learned, steps and biases included") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(8, 8, 1);
  const auto keys = [](std::int64_t iters) {
    return recipe({{"learn.iters", iters},
                   {"learn.snapshot", "rollback"},
                   {"learn.variable", "ste_weight"},
                   {"learn.optimizer.lr", 10.0},  // every unit gets worse
                   {"learn.bias.on", true},
                   {"learn.w_scale.on", true},
                   {"learn_act.joint", true},
                   {"quant.act.bits", 4}});
  };
  const auto learned = run(*model, x, keys(1)), nearest = run(*model, x, keys(0));
  for (const quant::UnitLog& unit : learned.units) CHECK(unit.rolled_back);
  CHECK(support::same_bits(learned.logits(x), nearest.logits(x)));
}

TEST_CASE("two passes learn every unit twice and bake only what the second one ends with") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(4, 8, 1);
  const auto keys = [](const char* order) {
    return recipe({{"learn.iters", 3},
                   {"learn.order", order},
                   {"learn.variable", "full_range"},
                   {"learn.optimizer.name", "sgd"},
                   {"learn.optimizer.lr", 0.5},
                   {"learn.bias.on", true},
                   {"learn_act.joint", true},
                   {"quant.act.bits", 4},
                   {"quant.weight.bits", 3}});
  };
  const auto two = run(*model, x, keys("two_passes")), one = run(*model, x, keys("forward"));
  CHECK(two.status == "ok");
  REQUIRE(two.units.size() == 2 * one.units.size());
  const std::size_t n = one.units.size();
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(two.units[i].phase == "first pass");
    CHECK(two.units[i].path == two.units[n + i].path);
    CHECK(two.units[n + i].phase == "weights");
  }
  // the first pass leaves no trace in the network: the second starts from round to nearest, and the
  // stem sees the images in both passes
  CHECK(two.units[n].loss_rtn == one.units[0].loss_rtn);
  CHECK(two.units[n].loss_rtn == two.units[0].loss_rtn);
  // but its variables go on: the stem starts the second pass where the first one ended
  CHECK(two.units[n].curve.loss.front() != one.units[0].curve.loss.front());
  CHECK_FALSE(same_weights(two, one));
}

TEST_CASE("no steps is round to nearest for every way to learn") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(2, 8, 1);
  const auto with = [](quant_test::Keys keys) {
    core::Value tree = quant_test::tree({{"quant.weight.bits", 3}, {"quant.act.bits", 4}});
    tree.merge(quant_test::tree(keys));
    core::Params params(tree);
    return quant::Recipe(params);
  };
  const Tensor nearest = run(*model, x, with({{"learn.iters", 0}})).logits(x);
  for (const bool joint : {false, true}) {
    const auto best = run(*model, x,
                          with({{"learn.snapshot", "best"},
                                {"learn.w_range.on", true},
                                {"learn_act.joint", joint},
                                {"learn_act.a_zero.on", true},
                                {"learn_act.snapshot", "best"}}));
    CHECK(support::same_bits(best.logits(x), nearest));
  }
  const auto twice =
      run(*model, x, with({{"learn.order", "two_passes"}, {"learn.snapshot", "rollback"}}));
  CHECK(support::same_bits(twice.logits(x), nearest));
}

TEST_CASE("learned activation quantisers with the best values never end above their start") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const auto q = run(*model, quant_test::images(16, 8, 1),
                     recipe({{"quant.weight.bits", 8},
                             {"quant.act.bits", 3},
                             {"learn_act.iters", 6},
                             {"learn_act.batch", 4},
                             {"learn_act.optimizer.lr", 0.5},
                             {"learn_act.a_zero.on", true},
                             {"learn_act.snapshot", "best"},
                             {"learn_act.snapshot_every", 1}}));
  int seen = 0;
  for (const quant::UnitLog& unit : q.units) {
    if (unit.phase != "activations") continue;
    ++seen;
    CHECK(unit.loss_hard <= unit.loss_rtn);
  }
  CHECK(seen > 0);
}

TEST_CASE("layers that a selection leaves out stay at round to nearest, the others move") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(16, 8, 1);
  const auto learned = [&](const char* which, std::int64_t k) {
    return run(*model, x,
               recipe({{"learn.selection.name", "layers"},
                       {"learn.selection.which", which},
                       {"learn.selection.k", k},
                       {"learn.iters", 30},
                       {"learn.batch", 8},
                       {"learn.optimizer.lr", 0.1},
                       {"quant.weight.bits", 2}}));
  };
  for (const char* which : {"first", "last"}) {
    const quant::Quantised q = learned(which, 2);
    CHECK(q.status == "ok");
    std::int64_t index = 0, moved = 0;
    for (const quant::WeightSite& site : q.map.weights) {
      const quant::BakedWeight& baked = q.weights.at(site.parameter);
      const bool same = support::same_bits(
          baked.codes,
          quant::quantise_codes(baked.original.w, baked.original.q, baked.original.grid));
      const bool taken = which[0] == 'f' ? index < 2 : index >= 18;
      if (!taken) CHECK(same);
      moved += !same;
      ++index;
    }
    CHECK(moved > 0);
    for (const quant::UnitLog& unit : q.units) {
      const bool first = unit.path == "conv1" || unit.path == "layer1.0";
      const bool last = unit.path == "layer3.2" || unit.path == "linear";
      CHECK((unit.iterations > 0) == (which[0] == 'f' ? first : last));
    }
  }
}

TEST_CASE("PD-Quant and MCT run on both kinds of network, twice alike, and move codes" *
          doctest::test_suite("slow")) {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    const bool vit = name[0] == 'v';
    const auto model = quant_test::model(name, vit ? 28 : 8, 1);
    const Tensor x = quant_test::images(6, vit ? 28 : 8, 1);
    for (const char* method : {"pd_quant", "mct"}) {
      CAPTURE(name);
      CAPTURE(method);
      const bool mct = method[0] == 'm';
      const auto cell = [&](std::int64_t iters) {
        core::Value tree = quant::method_settings(method);
        tree.merge(quant_test::tree({{"learn.iters", iters},
                                     {"learn.batch", 3},
                                     {"quant.weight.bits", 2},
                                     {"quant.weight.scale", "minmax"},
                                     {"quant.act.bits", 4},
                                     {"quant.act.scale", "minmax"}}));
        if (mct)
          tree.merge(quant_test::tree(
              {{"learn.loss.draws", 2}, {"learn.loss.samples", 3}, {"learn.optimizer.lr", 0.3}}));
        else
          tree.merge(quant_test::tree({{"learn.correct.iters", 2}, {"learn.optimizer.lr", 0.3}}));
        core::Params params(tree);
        const quant::Recipe r(params);
        params.done();
        return run(*model, x, r);
      };
      const quant::Quantised none = cell(0), a = cell(3), b = cell(3);
      CHECK(a.status == "ok");
      CHECK(same_weights(a, b));
      CHECK(support::same_bits(a.logits(x), b.logits(x)));
      CHECK_FALSE(same_weights(a, none));
      for (const auto& [path, baked] : none.weights)
        CHECK(support::same_bits(
            baked.codes,
            quant::quantise_codes(baked.original.w, baked.original.q, baked.original.grid)));
      CHECK(a.units.size() == (mct ? 1 : (vit ? 8 : 11)));
      for (const quant::UnitLog& unit : a.units) CHECK(std::isfinite(unit.loss_hard));
    }
  }
}

TEST_CASE("variables over all levels learn on a whole network" * doctest::test_suite("slow")) {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(16, 8, 1);
  for (const char* variable : {"softmax_all", "gumbel_all"}) {
    CAPTURE(variable);
    const auto q = run(*model, x,
                       recipe({{"learn.variable", variable},
                               {"quant.first_last", "same"},
                               {"quant.weight.bits", 3},
                               {"learn.iters", 40},
                               {"learn.batch", 8},
                               {"learn.optimizer.lr", 0.1}}));
    CHECK(q.status == "ok");
    CHECK(
        std::any_of(q.units.begin(), q.units.end(), [](const auto& u) { return u.flips > 0.01; }));
  }
}

TEST_CASE("inputs and targets in files give the bits of those in memory") {
  const support::TempDir dir("quantise_files");
  const auto model = quant_test::model("resnet20", 16, 3);
  const Tensor x = quant_test::images(80, 16, 3);
  const auto check = [&](quant_test::Keys more) {
    core::Value tree = quant_test::tree(more);
    tree.set_path("learn.iters", 2);
    tree.set_path("learn_act.iters", 1);
    core::Params params(tree);
    const quant::Recipe r(params);
    core::Monitor monitor;
    const core::Scratch files({.limit = 1, .folder = dir.path()});
    const auto a = quant::quantise(*model, x, r, core::Rng(1), monitor);
    const auto b = quant::quantise(*model, x, r, core::Rng(1), monitor, files);
    CHECK(same_weights(a, b));
    CHECK(support::same_bits(a.logits(x.rows(0, 4)), b.logits(x.rows(0, 4))));
    REQUIRE(a.units.size() == b.units.size());
    for (std::size_t i = 0; i < a.units.size(); ++i) {
      CHECK(a.units[i].loss_rtn == b.units[i].loss_rtn);
      CHECK(a.units[i].loss_hard == b.units[i].loss_hard);
      CHECK(a.units[i].cached_bytes == b.units[i].cached_bytes);
    }
  };
  check({{"quant.act.bits", 4}, {"learn.input", "mix"}});
  check({{"learn.granularity", "layer"}, {"learn.engine", "gram"}});
}

TEST_CASE("solvers round every layer at a smaller error than round to nearest and log it") {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    const bool vit = name[0] == 'v';
    const auto model = quant_test::model(name, vit ? 28 : 8, 1);
    const Tensor x = quant_test::images(vit ? 8 : 16, vit ? 28 : 8, 1);
    const auto log_of = [&](const char* solver) {
      return run(*model, x,
                 recipe({{"learn.solver", solver},
                         {"learn.granularity", "layer"},
                         {"learn.input", "quant"},
                         {"quant.weight.bits", 2}}));
    };
    const auto solved = log_of("hessian_gptq"), nearest = log_of("descent");
    REQUIRE(solved.units.size() == nearest.units.size());
    double total = 0, rtn = 0;
    for (std::size_t i = 0; i < solved.units.size(); ++i) {
      CHECK(solved.units[i].loss_soft == solved.units[i].loss_hard);
      CHECK(solved.units[i].iterations == 0);
      total += solved.units[i].loss_hard, rtn += nearest.units[i].loss_hard;
    }
    CHECK(solved.units[3].flips > 0.01);
    CHECK(total < 0.8 * rtn);
    CHECK_FALSE(same_weights(solved, nearest));
    CHECK(same_weights(solved, log_of("hessian_gptq")));
  }
}

TEST_CASE("a solver keeps round to nearest where rollback finds its loss no smaller") {
  // judged by a loss that it does not minimise
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(4, 8, 1);
  const auto out = run(*model, x,
                       recipe({{"learn.solver", "obq"},
                               {"learn.granularity", "layer"},
                               {"learn.snapshot", "rollback"},
                               {"learn.loss", "l1"},
                               {"quant.weight.bits", 2}}));
  for (const quant::UnitLog& log : out.units) {
    CHECK(log.loss_hard <= log.loss_rtn);
    if (log.rolled_back) CHECK(log.flips == 0);
  }
}

TEST_CASE("groups have steps of their own under learned rounding and under a solver") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const Tensor x = quant_test::images(8, 8, 1);
  const auto grouped = [&](quant_test::Keys more) {
    core::Value tree = quant_test::tree({{"quant.weight.bits", 2},
                                         {"quant.weight.group", 32},
                                         {"quant.weight.group_misfit", "channel"},
                                         {"learn.granularity", "layer"}});
    tree.merge(quant_test::tree(more));
    core::Params params(tree);
    const quant::Recipe r(params);
    return run(*model, x, r);
  };
  const auto rtn = grouped({}), gptq = grouped({{"learn.solver", "hessian_gptq"}}),
             learned = grouped({{"learn.iters", 30}, {"learn.optimizer.lr", 0.1}}),
             ranged = grouped({{"learn.iters", 10}, {"learn.w_scale.on", true}});
  const auto whole =
      run(*model, x, recipe({{"quant.weight.bits", 2}, {"learn.granularity", "layer"}}));
  double split = 0, one = 0;
  for (std::size_t i = 0; i < rtn.units.size(); ++i)
    split += rtn.units[i].loss_hard, one += whole.units[i].loss_hard;
  CHECK(split < one);
  for (const quant::Quantised* q : {&rtn, &gptq, &learned, &ranged}) {
    const quant::BakedWeight& weight = q->weights.at("layer3.1.conv2.weight");
    CHECK(q->status == "ok");
    CHECK(weight.original.q.scale.numel() == 64 * 18);
    const auto* layer = q->map.weights[16].module;
    REQUIRE(layer->weight.path == "layer3.1.conv2.weight");
    CHECK(support::same_bits(
        q->pass->parameter(*layer, layer->weight).value(),
        quant::dequantise(weight.codes, weight.original.q, weight.original.grid)));
  }
  CHECK_FALSE(same_weights(learned, rtn));
  CHECK_FALSE(same_weights(gptq, rtn));
}
