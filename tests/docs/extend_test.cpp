// The strategies of docs/extend.md, compiled from the page itself into this binary.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "experiments/cli/schema.h"
#include "nn/optim/optimizer.h"
#include "quant/calibration/calibration_set.h"
#include "quant/grid/codes.h"
#include "tests/quant/loss/cases.h"
#include "tests/quant/variable/cases.h"
#include "tests/support/source_dir.h"
#include "tests/support/tiny_dataset.h"
#include "tests/support/tiny_experiment.h"

using core::DType;
using core::Tensor;

namespace {

/// Lines of each C++ block of the page, by path.
std::map<std::string, int> blocks() {
  std::ifstream page(support::source_dir() + "/docs/extend.md");
  std::map<std::string, int> out;
  std::string line, path;
  while (std::getline(page, line)) {
    if (line.starts_with("```cpp "))
      path = line.substr(7);
    else if (line.starts_with("```"))
      path.clear();
    else if (!path.empty())
      ++out[path];
  }
  return out;
}

}  // namespace

TEST_CASE("every file of the page has at most 40 lines and is the one that is tested here") {
  std::set<std::string> paths;
  for (const auto& [path, lines] : blocks()) {
    CHECK_MESSAGE(lines <= 40, path << " has " << lines << " lines");
    paths.insert(path);
  }
  CHECK(paths == std::set<std::string>{"nn/optim/yogi.cpp", "quant/calibration/evenly.cpp",
                                       "quant/loss/charbonnier.cpp",
                                       "quant/variable/algebraic.cpp"});
}

TEST_CASE("the loss of the page passes gradcheck and gives its value by hand") {
  loss_test::check_loss(*loss_test::make("charbonnier"));
  loss_test::check_zero_at_target(*loss_test::make("charbonnier"));
  const Tensor x = Tensor::of<double>({2, 2}, {3, 0, 0, -3}), y = Tensor::zeros({2, 2}, DType::f64);
  CHECK(loss_test::value(*loss_test::make("charbonnier", {{"e", 4.0}}), x, y) ==
        doctest::Approx((5.0 - 4.0) * 2 / 2));
}

TEST_CASE("the variable of the page starts at round to nearest and has the slope of its curve") {
  const auto variable = quant_test::make<quant::RoundingVariable>("algebraic");
  const Tensor w = core::Rng(3).normal({6, 50}, 0.0, 1.0);
  const auto weight = quant_test::ranged(w, {.bits = 3});
  const Tensor codes = variable->harden(weight, variable->init(weight)),
               nearest = quant::quantise_codes(w, weight.q, weight.grid);
  CHECK(codes.values() == nearest.values());
  const double v = 0.7, e = 1e-6, q = 1 + v * v;
  CHECK(quant_test::slope_of_h(*variable, v) == doctest::Approx(0.5 / (q * std::sqrt(q))));
  const auto h = [](double x) { return 0.5 * (1 + x / std::sqrt(1 + x * x)); };
  CHECK((h(v + e) - h(v - e)) / (2 * e) ==
        doctest::Approx(quant_test::slope_of_h(*variable, v)).epsilon(1e-6));
  CHECK(variable->fused() != nullptr);
}

TEST_CASE("the optimizer of the page follows its formula and resumes with the same bits") {
  core::Params options{core::Value(core::Value::Map{{"name", "yogi"}, {"lr", 0.1}})};
  const auto make = [&] { return core::Registry<nn::Optimizer>::create(options); };
  auto optimizer = make();
  Tensor value = Tensor::full({1}, 1.0, DType::f64);
  double w = 1, m = 0, v = 0;
  for (const double g : {0.5, -2.0, 0.25, 1.0}) {
    Tensor* const pointer = &value;
    const Tensor grad = Tensor::full({1}, g, DType::f64);
    const auto saved = optimizer->state();
    optimizer = make();
    if (!saved.empty()) optimizer->load_state(saved);
    optimizer->step(std::span(&pointer, 1), std::span(&grad, 1), optimizer->base_lr());
    m = 0.9 * m + 0.1 * g;
    v -= 0.001 * (v > g * g ? 1 : v < g * g ? -1 : 0) * g * g;
    w -= 0.1 * m / (std::sqrt(v) + 1e-3);
    CHECK(value.item() == doctest::Approx(w).epsilon(1e-12));
  }
}

TEST_CASE("the calibration set of the page draws different images, the same for the same seed") {
  core::Params none{core::Value(core::Value::Map{})};
  const auto set = core::Registry<quant::CalibrationSet>::create("evenly", none);
  const support::TinyDataset data(57);
  const quant::CalibrationRequest request{.dataset = data, .count = 20};
  const auto index = set->draw(request, core::Rng(1));
  CHECK(std::set(index.begin(), index.end()).size() == 20);
  CHECK(index == set->draw(request, core::Rng(1)));
  CHECK(index != set->draw(request, core::Rng(2)));
}

TEST_CASE("the strategies of the page are listed with their options and run through a recipe") {
  std::set<std::string> listed;
  for (const experiments::StrategyOptions& s : experiments::strategy_options()) {
    for (const std::string& name : s.names) listed.insert(s.key + " " + name);
  }
  for (const char* entry : {"learn.loss charbonnier", "learn.optimizer yogi", "calibration evenly"})
    CHECK(listed.contains(entry));
  const support::TempDir dir("extend");
  const std::string file = support::tiny_experiment(dir, "");
  const support::Said said = support::roundtable(
      {"run", file, "--out", dir.file("r"), "method=brecq", "quant.weight.bits=3",
       "calibration.name=evenly", "learn.loss={name: charbonnier, e: 0.05}",
       "learn.variable=algebraic", "learn.optimizer={name: yogi, lr: 0.1}"});
  INFO(said.err << said.out);
  CHECK(said.code == 0);
  CHECK(said.out.find("brecq") != std::string::npos);
}
