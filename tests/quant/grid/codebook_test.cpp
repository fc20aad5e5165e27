#include "quant/grid/codebook.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "autograd/gradients.h"
#include "quant/grid/codes.h"
#include "quant/grid/level_table.h"
#include "quant/learn/grid_learner.h"
#include "quant/variable/on_levels.h"
#include "tests/quant/codebooks.h"
#include "tests/quant/variable/bent.h"

using autograd::Variable;
using core::DType;
using core::Tensor;
using quant::QuantisedWeight;
using quant_test::kCodebooks;
using quant_test::on_codebook;

namespace {

/// Values of many sizes, zero and the largest among them.
Tensor weights(std::uint64_t seed) {
  Tensor w = core::Rng(seed).normal({4, 60}, 0, 0.3);
  w.writable<float>()[7] = 0;
  w.writable<float>()[8] = 1e-6f;
  return w;
}

/// The code whose rule the cuts of sorted_values.h state.
int code_by_cuts(double steps, const std::vector<double>& levels, quant::Cut cut, int lowest) {
  const std::vector<double> cuts = quant::cuts_of(levels, cut);
  int at = 0;
  while (at < static_cast<int>(cuts.size()) && steps > cuts[static_cast<std::size_t>(at)]) ++at;
  return lowest + at;
}

}  // namespace

TEST_CASE("levels of every codebook increase strictly and quantising twice changes nothing") {
  for (const std::string& name : kCodebooks) {
    for (int bits = 2; bits <= 8; ++bits) {
      for (const bool per_channel : {false, true}) {
        CAPTURE(name);
        CAPTURE(bits);
        const QuantisedWeight w =
            on_codebook(name, weights(static_cast<std::uint64_t>(bits)), bits, per_channel);
        const std::vector<double> levels = w.q.warp.values();
        REQUIRE(static_cast<int>(levels.size()) == w.grid.qmax() - w.grid.qmin() + 1);
        for (std::size_t i = 1; i < levels.size(); ++i) CHECK(levels[i - 1] < levels[i]);
        const Tensor codes = quant::quantise_codes(w.w, w.q, w.grid);
        const Tensor once = quant::dequantise(codes, w.q, w.grid);
        CHECK(support::same_bits(quant::quantise_codes(once, w.q, w.grid), codes));
        CHECK(support::same_bits(quant::fake_quantise(once, w.q, w.grid), once));
      }
    }
  }
}

TEST_CASE("every code is reached from its own level") {
  for (const std::string& name : kCodebooks) {
    CAPTURE(name);
    QuantisedWeight w = on_codebook(name, weights(3), 4, false);
    const quant::LevelTable table(w.grid, w.q.warp);
    for (int n = table.lo(); n <= table.hi(); ++n)
      CHECK(w.grid.levels->position(table.level(n), table.warp()) == doctest::Approx(n));
  }
}

TEST_CASE("codes go to the nearest level, or to the nearest exponent where the grid says so") {
  for (const std::string& name : kCodebooks) {
    CAPTURE(name);
    const QuantisedWeight w = on_codebook(name, weights(5), 4, false);
    const std::vector<double> levels = w.q.warp.values();
    const quant::Cut cut = dynamic_cast<const quant::Codebook&>(*w.grid.levels).cut();
    const Tensor codes = quant::quantise_codes(w.w, w.q, w.grid);
    for (std::int64_t i = 0; i < w.w.numel(); ++i)
      CHECK(codes.at(i) == code_by_cuts(w.w.at(i) / w.q.scale.item(), levels, cut, w.grid.qmin()));
  }
}

TEST_CASE("a codebook of even levels is the uniform narrow grid") {
  const Tensor w = weights(6);
  const quant::Codebook even("even", {});
  const quant::Grid uniform{.bits = 4, .symmetric = true, .narrow = true};
  quant::Grid grid = uniform;
  grid.levels = &even;
  quant::QParams q = (*quant_test::make<quant::Scale>("minmax"))(w, uniform);
  const Tensor expected = quant::fake_quantise(w, q, uniform);
  std::vector<double> levels;
  for (int n = -7; n <= 7; ++n) levels.push_back(n);
  q.warp = Tensor::of<double>({15}, levels).to(DType::f32);
  CHECK(support::same_bits(quant::fake_quantise(w, q, grid), expected));
}

TEST_CASE("rows of levels belong to the entries of a weight") {
  const quant::Codebook book("two", {.narrow = false});
  const quant::Grid grid{.bits = 2, .symmetric = true, .levels = &book};
  const quant::QParams q{Tensor::of<float>({2}, {1, 2}), Tensor::zeros({2}),
                         Tensor::of<float>({2, 4}, {-4, -1, 0, 3, 0, 1, 2, 3})};
  const Tensor w = Tensor::of<float>({2, 2}, {-0.6f, 2, -9, 3.9f});
  CHECK(quant::fake_quantise(w, q, grid).values() == std::vector<double>{-1, 3, 0, 4});
}

TEST_CASE("between two levels gradients match differences, levels and step included") {
  for (const std::string& name : kCodebooks) {
    for (const bool by_entry : {false, true}) {
      if (by_entry && name != "kmeans") continue;
      CAPTURE(name);
      const QuantisedWeight narrow = by_entry
                                         ? on_codebook(name, weights(8), 3, true, {{"of", "entry"}})
                                         : on_codebook(name, weights(8), 3, true);
      const QuantisedWeight w = quant_test::wide(narrow);
      Tensor floors = quant::positions(w.w, w.q, w.grid);
      for (double& x : floors.writable<double>()) x = std::floor(x);
      const std::vector<Tensor> in{core::Rng(2).uniform(w.w.shape(), 0.05, 0.45).to(DType::f64),
                                   w.q.scale, w.q.warp};
      const auto report = autograd::gradcheck(
          [&](std::span<const Variable> v) {
            return quant::between_levels(floors, v[0], w, {.scale = &v[1], .warp = &v[2]});
          },
          in);
      CHECK_MESSAGE(report.passed, report.str());
    }
  }
}

TEST_CASE("the gradient of a level is the sum of those of its members") {
  const QuantisedWeight w = quant_test::wide(on_codebook("kmeans", weights(9), 2, true));
  const Variable warp(w.q.warp, true), scale(w.q.scale, true), x(w.w, true);
  const Variable y = quant::nearest_level(x, nullptr, w, {.scale = &scale, .warp = &warp});
  const Tensor dy = core::Rng(4).normal(w.w.shape(), 0, 1).to(DType::f64);
  const std::vector<Variable> wrt{warp, scale, x};
  const std::vector<Tensor> g = autograd::gradients(y, wrt, &dy);
  const Tensor codes = quant::quantise_codes(w.w, w.q, w.grid);
  const quant::LevelTable table(w.grid, w.q.warp);
  std::vector<double> by_code(4, 0.0), by_entry(4, 0.0);
  for (std::int64_t i = 0; i < w.w.numel(); ++i) {
    const double s = w.q.scale.at(i / 60), t = w.w.at(i) / s;
    const int code = static_cast<int>(codes.at(i));
    by_code[static_cast<std::size_t>(code + 2)] += s * dy.at(i);
    const bool inside = table.inside(w.grid.levels->position(t, table.warp()));
    by_entry[static_cast<std::size_t>(i / 60)] +=
        dy.at(i) * (inside ? table.level(code) - t : table.level(code));
    CHECK(g[2].at(i) == (inside ? dy.at(i) : 0.0));
  }
  for (std::int64_t k = 0; k < 4; ++k) {
    CHECK(g[0].at(k) == doctest::Approx(by_code[static_cast<std::size_t>(k)]));
    CHECK(g[1].at(k) == doctest::Approx(by_entry[static_cast<std::size_t>(k)]));
  }
}

TEST_CASE("every variable that takes levels starts at round to nearest on every codebook") {
  for (const std::string& grid : kCodebooks) {
    const QuantisedWeight w = on_codebook(grid, weights(10), 3);
    for (const std::string& name : core::Registry<quant::RoundingVariable>::names()) {
      CAPTURE(grid);
      CAPTURE(name);
      const auto variable = quant_test::make<quant::RoundingVariable>(name);
      if (!variable->takes_levels()) continue;
      const std::vector<Tensor> start = variable->init(w);
      CHECK(
          support::same_bits(variable->harden(w, start), quant::quantise_codes(w.w, w.q, w.grid)));
      std::vector<Variable> leaves;
      for (const Tensor& t : start) leaves.emplace_back(t, true);
      const Variable soft = variable->soften(w, leaves, {}).weight;
      const Tensor dy = core::Rng(3).normal(w.w.shape(), 0, 1);
      double size = 0;
      for (const Tensor& g : autograd::gradients(soft, leaves, &dy)) {
        for (const double v : g.values()) {
          CHECK(std::isfinite(v));
          size += std::abs(v);
        }
      }
      CHECK(size > 0);
    }
  }
}

TEST_CASE("learned levels stay in order, and a codebook stands where it started without steps") {
  const QuantisedWeight w = on_codebook("kmeans", weights(11), 2);
  const quant::Recipe recipe = quant_test::recipe({{"quant.weight.grid", "kmeans"},
                                                   {"learn.codebook.on", true},
                                                   {"learn.codebook.optimizer.name", "sgd"},
                                                   {"learn.codebook.optimizer.lr", 1.0}});
  quant::GridLearner learner(recipe.learn, {&w});
  REQUIRE(learner.grid(0).warp.has_value());
  CHECK(support::same_bits(learner.grid(0).warp->value(), w.q.warp));
  const Tensor grads[] = {Tensor::of<float>({4}, {-50, 0, 0, 50})};  // the ends change places
  learner.update(grads, 0, 10);
  learner.settle();
  const std::vector<double> now = learner.grid(0).warp->value().values();
  for (std::size_t i = 1; i < 4; ++i) CHECK(now[i - 1] < now[i]);
}

TEST_CASE("levels that do not increase, and wrong numbers of them, are refused") {
  CHECK_THROWS_AS(quant::mirrored(std::vector<double>{}), core::ShapeError);
  CHECK_THROWS_AS(quant::mirrored(std::vector<double>{0.0, 1.0}), core::ShapeError);
  CHECK_THROWS_AS(quant::mirrored(std::vector<double>{1.0, 1.0}), core::ShapeError);
  QuantisedWeight w = on_codebook("apot", weights(12), 2);
  for (const auto& bad : {std::vector<float>{-1, 1, 0}, {-1, 0, NAN}, {-1, 0}, {-1, 0, 1, 2}}) {
    w.q.warp = Tensor::of<float>({static_cast<std::int64_t>(bad.size())}, bad);
    CHECK_THROWS_AS(quant::quantise_codes(w.w, w.q, w.grid), core::ShapeError);
    CHECK_THROWS_AS(quant::dequantise(Tensor::zeros({4, 60}, DType::s32), w.q, w.grid),
                    core::ShapeError);
  }
}

TEST_CASE("channels without variance have a result: zero, or their one value") {
  Tensor w = Tensor::full({2, 10}, 0.0);
  for (std::size_t i = 10; i < 20; ++i) w.writable<float>()[i] = 0.25f;
  for (const std::string& name : kCodebooks) {
    CAPTURE(name);
    const QuantisedWeight q = on_codebook(name, w, 3);
    const Tensor nearest = quant::fake_quantise(q.w, q.q, q.grid);
    for (std::int64_t i = 0; i < 20; ++i)
      CHECK(nearest.at(i) == doctest::Approx(w.at(i)).epsilon(1e-4).scale(1));
  }
}

TEST_CASE("what a codebook does not have, and what only it has, is refused with the reason") {
  using quant_test::recipe;
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "apot"}, {"learn.codebook.on", true}}),
                       doctest::Contains("fixed"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"learn.codebook.on", true}}), doctest::Contains("kmeans"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "log2"}, {"learn.exponent.on", true}}),
                       doctest::Contains("no exponent"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "kmeans"}, {"learn.w_zero.on", true}}),
                       doctest::Contains("no zero point"), core::ConfigError);
  CHECK_THROWS_WITH_AS(recipe({{"quant.weight.grid", "kmeans"}, {"quant.weight.narrow", true}}),
                       doctest::Contains("all 2^bits"), core::ConfigError);
  const quant::Recipe r = recipe({{"quant.weight.grid", "kmeans"}});
  CHECK(r.weight.grid.qmin() == -8);
  CHECK(r.weight.uniform_edges);
}
