#include "quant/bits/allocate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "quant/grid/codes.h"
#include "quant/network/bn_fold.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;
using quant_test::recipe;

namespace {

core::Value bits(std::initializer_list<int> list) {
  return core::Value::List(list.begin(), list.end());
}

/// A small network; ranges without a search unless a case says otherwise, to be quick.
struct Run {
  std::unique_ptr<nn::Model> model = quant_test::model("resnet20", 8, 1);
  Tensor x = quant_test::images(4, 8, 1);

  quant::Quantised operator()(quant_test::Keys keys, std::uint64_t seed = 1) const {
    core::Value tree = quant_test::tree({{"quant.weight.scale", "minmax"}});
    for (const auto& [path, value] : keys) tree.set_path(path, value);
    core::Params params(tree);
    const quant::Recipe recipe(params);
    params.done();
    core::Monitor monitor;
    return quant::quantise(*model, x, recipe, core::Rng(seed), monitor);
  }
};

std::vector<int> bits_of(const quant::Quantised& q) {
  std::vector<int> out;
  for (const quant::WeightSite& site : q.map.weights) out.push_back(site.grid.bits);
  return out;
}

}  // namespace

TEST_CASE("an allocation keeps to its budget, leaves the edges alone and stands in the map") {
  const Run run;
  for (const double budget : {2.0, 3.0, 3.7, 8.0}) {
    const quant_test::Keys keys{{"quant.allocate.budget", budget},
                                {"quant.allocate.importance", "first_order"}};
    const auto r = recipe(keys);
    const auto q = run(keys);
    REQUIRE(q.allocation.parts.size() == 18);
    CHECK(quant::average_bits(q.map, r) <= budget + 1e-9);
    CHECK(quant::average_bits(q.map, r) > budget - 0.3);
    CHECK(q.map.weights.front().grid.bits == 8);
    CHECK(q.map.weights.back().grid.bits == 8);
    double average = 0, elements = 0;
    for (const auto& part : q.allocation.parts) {
      average += static_cast<double>(part.elements) * part.bits;
      elements += static_cast<double>(part.elements);
      CHECK(q.weights.at(part.parameter).original.grid.bits == part.bits);
    }
    CHECK(average / elements == doctest::Approx(quant::average_bits(q.map, r)));
  }
}

TEST_CASE("the same seed gives the same bits, and images beyond the first ones change nothing") {
  Run run;
  const quant_test::Keys keys{{"quant.allocate.budget", 3},
                              {"quant.allocate.images", 2},
                              {"quant.allocate.importance", "fisher"}};
  const auto a = run(keys), b = run(keys);
  CHECK(bits_of(a) == bits_of(b));
  CHECK(a.allocation.score == b.allocation.score);
  run.x = run.x.rows(0, 2);
  CHECK(run(keys).allocation.score == a.allocation.score);
}

TEST_CASE("uniform_bits gives what quant.weight.bits gives, bit for bit") {
  const Run run;
  const auto q =
      run({{"quant.allocate.budget", 3.9}, {"quant.allocate.allocator", "uniform_bits"}});
  CHECK(support::same_bits(q.logits(run.x), run({{"quant.weight.bits", 3}}).logits(run.x)));
  CHECK(q.allocation.score == 0);
}

TEST_CASE("reversed importance gives other bits at the same budget") {
  const Run run;
  const quant_test::Keys keys{{"quant.allocate.budget", 3},
                              {"quant.allocate.importance", "fisher"}};
  const auto q = run(keys);
  const auto r = run({{"quant.allocate.budget", 3},
                      {"quant.allocate.importance", "fisher"},
                      {"quant.allocate.reversed", true}});
  CHECK(bits_of(q) != bits_of(r));
}

TEST_CASE("every importance and allocator takes a network through to finite logits") {
  const Run run;
  for (const std::string& name : core::Registry<quant::Importance>::names()) {
    CAPTURE(name);
    const auto q = run({{"quant.allocate.importance", name},
                        {"quant.allocate.budget", 3},
                        {"quant.allocate.candidates", bits({2, 3, 4})},
                        {"quant.allocate.images", 1}});
    CHECK(q.status == "ok");
    CHECK(q.allocation.score > 0);
  }
  for (const std::string& name : core::Registry<quant::Allocator>::names()) {
    CAPTURE(name);
    const auto r = recipe({{"quant.allocate.budget", 3.2}});
    const auto q = run({{"quant.allocate.importance", "first_order"},
                        {"quant.allocate.allocator", name},
                        {"quant.allocate.budget", 3.2}});
    CHECK(quant::average_bits(q.map, r) <= 3.2);
  }
}

TEST_CASE("edges count in the budget where asked, with the bits that first_last gives them") {
  const Run run;
  const quant_test::Keys keys{{"quant.allocate.budget", 3.0},
                              {"quant.allocate.count_edges", true},
                              {"quant.allocate.importance", "random"}};
  const auto q = run(keys);
  CHECK(q.map.weights.front().grid.bits == 8);
  CHECK(quant::average_bits(q.map, recipe(keys)) <= 3.0);
  // without a policy for them first and last are layers like the others
  const auto all = run({{"quant.allocate.budget", 3.0},
                        {"quant.first_last", "same"},
                        {"quant.allocate.importance", "random"}});
  CHECK(all.allocation.parts.size() == 20);
}

TEST_CASE("bit operations as a budget") {
  const Run run;
  const quant_test::Keys keys{{"quant.allocate.unit", "bops"},
                              {"quant.allocate.budget", 14.0},
                              {"quant.act.bits", 4},
                              {"quant.allocate.importance", "random"}};
  const auto q = run(keys);
  const auto r = recipe(keys);
  const auto map = quant::quantiser_map(*run.model, r);
  const auto facts = quant::layer_facts(*run.model, map);
  double operations = 0, macs = 0;
  for (std::size_t i = 1; i + 1 < facts.size(); ++i) {
    const double own = static_cast<double>(facts[i].macs);
    operations += own * facts[i].act_bits * q.map.weights[i].grid.bits;
    macs += own;
  }
  CHECK(operations / macs <= 14.0);
  CHECK(operations / macs > 12.0);
}

TEST_CASE("budgets that this network cannot meet are refused before anything runs") {
  const Run run;
  const auto refused = [&](quant_test::Keys keys, const char* why) {
    const auto r = recipe(keys);
    CHECK_THROWS_WITH_AS(quant::refuse_allocation_misfits(*run.model, r), doctest::Contains(why),
                         core::InputError);
  };
  refused({{"quant.allocate.unit", "bops"}, {"quant.allocate.budget", 7.0}, {"quant.act.bits", 4}},
          "must allow the smallest candidates everywhere");
  refused({{"quant.allocate.unit", "bops"}, {"quant.allocate.budget", 70.0}, {"quant.act.bits", 4}},
          "must not exceed the largest candidates everywhere");
  refused({{"quant.allocate.count_edges", true}, {"quant.allocate.budget", 2.0}},
          "must allow the smallest candidates everywhere, which come to 2.0");
  CHECK_NOTHROW(quant::refuse_allocation_misfits(*run.model, recipe({})));
}

TEST_CASE("by channel every row is rounded as that row alone with its bits") {
  const Run run;
  const quant_test::Keys keys{{"quant.allocate.name", "channel"},
                              {"quant.allocate.budget", 3},
                              {"quant.allocate.candidates", bits({2, 3, 4})},
                              {"quant.allocate.importance", "fisher"},
                              {"quant.weight.scale", "mse"}};
  const auto q = run(keys);
  CHECK(quant::average_bits(q.map, recipe(keys)) <= 3.0);
  CHECK(quant::average_bits(q.map, recipe(keys)) > 2.99);
  const auto folded = run.model->clone();
  quant::fold_batch_norms(*folded);
  std::map<std::string, Tensor> whole, baked;
  for (const nn::Parameter* p : nn::parameters(*folded)) whole[p->path] = p->value;
  for (const quant::WeightSite& site : q.map.weights) {
    const std::string& path = site.module->weight.path;
    baked[path] = q.pass->parameter(*site.module, {path, whole.at(path)}).value();
  }
  const auto scale = quant_test::make<quant::Scale>("mse");
  std::map<std::string, std::set<int>> seen;
  for (const auto& part : q.allocation.parts) {
    REQUIRE(part.row >= 0);
    const Tensor row = whole.at(part.parameter).rows(part.row, 1);
    const quant::Grid grid{.bits = part.bits};
    CHECK(support::same_bits(baked.at(part.parameter).rows(part.row, 1),
                             quant::fake_quantise(row, (*scale)(row, grid), grid)));
    seen[part.parameter].insert(part.bits);
  }
  std::size_t mixed = 0;
  for (const auto& [path, own] : seen) mixed += own.size() > 1;
  CHECK(mixed > 5);
}

TEST_CASE("learned rounding works on rows of different bits, by layer and by block") {
  const Run run;
  for (const char* granularity : {"layer", "block"}) {
    const auto q = run({{"quant.allocate.name", "channel"},
                        {"quant.allocate.budget", 2.5},
                        {"quant.allocate.importance", "random"},
                        {"learn.granularity", granularity},
                        {"learn.iters", 12},
                        {"learn.batch", 4},
                        {"learn.optimizer.lr", 0.1}});
    CHECK(q.status == "ok");
    CHECK(q.units.size() == (granularity[0] == 'l' ? 20 : 11));
    double flips = 0, before = 0, after = 0;
    for (const quant::UnitLog& unit : q.units) {
      flips += unit.flips;
      before += unit.loss_rtn;
      after += unit.loss_hard;
    }
    CHECK(flips > 0);
    CHECK(after < before);
    for (const auto& [path, weight] : q.weights) {  // codes stay on the grid of their part
      const auto codes = weight.codes.data<std::int32_t>();
      const auto [low, high] = std::minmax_element(codes.begin(), codes.end());
      CHECK((*low >= 0 && *high < (1 << weight.original.grid.bits)));
    }
  }
}

TEST_CASE(
    "by channel the map has a line for all rows of equal bits, and layers keep their places") {
  const Run run;
  const quant_test::Keys keys{{"quant.allocate.name", "channel"},
                              {"quant.allocate.budget", 3},
                              {"quant.allocate.importance", "random"}};
  const auto q = run(keys);
  std::int64_t elements = 0;
  for (const quant::MapRow& row : quant::rows_of(q.map)) elements += row.elements;
  std::int64_t wanted = 0;
  for (const quant::MapRow& row : quant::rows_of(quant::quantiser_map(*run.model, recipe({}))))
    wanted += row.elements;
  CHECK(elements == wanted);
  CHECK(q.map.weights.size() > 40);
  const auto places = quant::layer_places(q.map);
  CHECK(places.front().index == 0);
  CHECK(places.back().index == 19);
  CHECK(places.back().count == 20);
}

TEST_CASE("layers that are tied get the same bits") {
  const auto model = quant_test::model("resnet18", 32, 3);
  core::Monitor monitor;
  const quant_test::Keys keys{{"quant.allocate.tie", true},
                              {"quant.allocate.budget", 3.1},
                              {"quant.allocate.importance", "random"},
                              {"quant.weight.scale", "minmax"},
                              {"quant.allocate.candidates", bits({2, 4})}};
  const auto r = recipe(keys);
  quant::fold_batch_norms(*model);
  quant::QuantiserMap map = quant::quantiser_map(*model, r);
  quant::allocate_bits(*model, map, quant_test::images(1, 32, 3), r, core::Rng(1), monitor);
  std::map<std::string, int> own;
  for (const quant::WeightSite& site : map.weights) own[site.parameter] = site.grid.bits;
  for (const char* block : {"layer2.0", "layer3.0", "layer4.0"})
    CHECK(own.at(std::string(block) + ".downsample.0.weight") ==
          own.at(std::string(block) + ".conv1.weight"));
}

TEST_CASE("a power grid is allocated with ranges and exponents of each candidate") {
  const Run run;
  const auto q = run({{"quant.allocate.budget", 3},
                      {"quant.allocate.importance", "first_order"},
                      {"quant.weight.grid", "power"}});
  CHECK(q.status == "ok");
  for (const auto& [path, baked] : q.weights) CHECK(baked.original.q.warp.numel() == 1);
}

TEST_CASE("before anything runs the map says from what the bits of a weight are chosen") {
  const Run run;
  const auto r =
      recipe({{"quant.allocate.candidates", bits({2, 3, 4})}, {"quant.allocate.budget", 3}});
  const auto rows = quant::planned_rows(quant::quantiser_map(*run.model, r), r);
  CHECK(rows[0].grid == "asymmetric 8 bit per channel");
  CHECK(rows[1].grid == "asymmetric 2, 3 or 4 bit per channel");
  CHECK(quant::count_allocated(*run.model, r) == 18);
  const auto channels = recipe({{"quant.allocate.name", "channel"}});
  CHECK(quant::count_allocated(*run.model, channels) == 6 * (16 + 32 + 64));
  const auto given = recipe({});
  CHECK(quant::planned_rows(quant::quantiser_map(*run.model, given), given)[1].grid ==
        "asymmetric 4 bit per channel");
  CHECK(quant::count_allocated(*run.model, given) == 0);
}

TEST_CASE("solvers and repairs treat the rows of every number of bits") {
  const Run run;
  const auto q = run({{"quant.allocate.name", "channel"},
                      {"quant.allocate.budget", 3},
                      {"quant.allocate.importance", "random"},
                      {"learn.granularity", "layer"},
                      {"learn.solver", "hessian_gptq"}});
  std::size_t moved = 0, large = 0;
  for (const auto& [path, weight] : q.weights) {
    if (path.find("[") == std::string::npos || weight.original.w.numel() < 200) continue;
    ++large;
    moved += !support::same_bits(
        weight.codes,
        quant::quantise_codes(weight.original.w, weight.original.q, weight.original.grid));
  }
  CHECK(large > 20);
  CHECK(moved == large);

  const auto r = run({{"quant.allocate.name", "channel"},
                      {"quant.allocate.budget", 3},
                      {"quant.allocate.importance", "random"},
                      {"quant.repair", "bn_reestimation"}});
  for (const quant::WeightSite& site : r.map.weights) {
    const Tensor& w = site.module->weight.value;
    const Tensor baked = r.pass->parameter(*site.module, site.module->weight).value();
    const auto& weight = r.weights.at(site.parameter);
    const Tensor own = quant::dequantise(weight.codes, weight.original.q, weight.original.grid);
    const Tensor seen = site.rows.empty() ? baked : quant::take_rows(baked, site.rows);
    CHECK(support::same_bits(seen, own));  // what runs lies on the steps that are noted
    const Tensor before = site.rows.empty() ? w : quant::take_rows(w, site.rows);
    if (site.parameter.find("layer") == 0)
      CHECK_FALSE(support::same_bits(weight.original.w, before));  // every part was scaled
  }
}

TEST_CASE("codebooks that weigh errors are allocated by layer and by channel") {
  const Run run;
  for (const char* name : {"layer", "channel"}) {
    for (const char* importance : {"fisher", "moments"}) {
      CAPTURE(name);
      const auto q = run({{"quant.allocate.name", name},
                          {"quant.allocate.budget", 3},
                          {"quant.allocate.importance", "first_order"},
                          {"quant.allocate.candidates", bits({2, 3, 4})},
                          {"quant.weight.grid.name", "kmeans"},
                          {"quant.weight.grid.importance", importance}});
      CHECK(q.status == "ok");
      for (const double x : q.logits(run.x).values()) CHECK(std::isfinite(x));
    }
  }
}
