#include "experiments/cell/remembered_scores.h"

#include <doctest/doctest.h>

using namespace experiments;

namespace {

/// Counts how often it is asked.
struct Counting final : quant::Importance {
  int& asked;
  explicit Counting(int& count) : asked(count) {}
  quant::ImportanceScores operator()(const quant::ImportanceInputs&) const override {
    return {{{static_cast<double>(++asked)}}};
  }
  double passes(std::size_t weights, std::size_t candidates) const override {
    return static_cast<double>(weights * candidates);
  }
};

core::Value config(std::initializer_list<std::pair<std::string, core::Value>> keys) {
  core::Value out{core::Value::Map{}};
  for (const auto& [path, value] : keys) out.set_path(path, value);
  return out;
}

}  // namespace

TEST_CASE("scores of one key are computed once") {
  core::Monitor monitor;
  const quant::NetworkLoss loss([](const autograd::Variable& x, nn::Pass&) { return x; },
                                core::Tensor::zeros({1, 2}), {}, core::Precision::f32, monitor);
  const quant::ImportanceInputs in{.loss = loss, .bits = {}, .rounded = {}};
  ScoreMemo memo;
  int asked = 0;
  const auto scores = [&](const char* key) {
    return RememberedScores(std::make_unique<Counting>(asked), memo, key)(in)[0][0][0];
  };
  CHECK(scores("a") == 1);
  CHECK(scores("a") == 1);
  CHECK(scores("b") == 2);
  CHECK(scores("a") == 1);
  CHECK(asked == 2);
  CHECK(RememberedScores(std::make_unique<Counting>(asked), memo, "c").passes(3, 4) == 12);
}

TEST_CASE("a key of scores leaves out how they are spent and what is learned, and nothing else") {
  const auto key = [](const char* path, core::Value value) {
    core::Value c = config({{"seed", 0},
                            {"precision", "f32"},
                            {"method", "rtn"},
                            {"quant.weight.bits", 4},
                            {"quant.first_last", "all_8"},
                            {"quant.allocate.name", "layer"},
                            {"quant.allocate.budget", 3},
                            {"quant.allocate.images", 64}});
    c.set_path(path, std::move(value));
    return score_key(c);
  };
  const std::string one = key("seed", 0);
  for (const char* spent :
       {"quant.allocate.budget", "quant.allocate.allocator", "quant.allocate.unit",
        "quant.allocate.reversed", "quant.allocate.count_edges", "quant.allocate.tie",
        "learn.iters", "method", "quant.act.bits"})
    CHECK(key(spent, 7) == one);
  for (const char* read :
       {"seed", "precision", "quant.weight.bits", "quant.first_last", "quant.allocate.name",
        "quant.allocate.images", "quant.allocate.importance.name", "quant.allocate.candidates"})
    CHECK(key(read, 7) != one);
}
