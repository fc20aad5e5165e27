#include "experiments/cell/cost.h"

#include <doctest/doctest.h>

using namespace experiments;

namespace {

double macs(const std::string& name, core::Value::Map options) {
  options.insert(options.begin(), {"name", name});
  core::Params p{core::Value(std::move(options))};
  return macs_per_image(*nn::make_model(p, core::Rng(0)));
}

quant::Recipe recipe(core::Value::Map tree) {
  core::Params p{core::Value(std::move(tree))};
  return quant::Recipe(p);
}

}  // namespace

TEST_CASE("multiply-accumulates of known networks are the published ones") {
  CHECK(macs("resnet20", {}) ==
        doctest::Approx(40.55e6).epsilon(0.01));  // He et al. 2016, CIFAR-10
  // ViT-Ti/16 on one 28x28 image of 49 tokens + class: 6 blocks of 12 d^2 per token, patch
  // embedding, head.
  const double d = 96, tokens = 50;
  CHECK(macs("vit_micro_patch4_28", {{"in_channels", 1}}) ==
        doctest::Approx(6 * tokens * 12 * d * d + 49 * 16 * d + 10 * d).epsilon(0.01));
}

TEST_CASE("work grows with steps, and activations that are off cost nothing") {
  const CellSize size{.macs = 10, .calibration = 100, .evaluated = 1000};
  using Map = core::Value::Map;
  CHECK(cell_work(size, recipe({{"learn", Map{{"iters", 0}}}})) == 10 * 1100);
  const double some = cell_work(size, recipe({{"learn", Map{{"iters", 10}, {"batch", 32}}}}));
  CHECK(some == 10 * (1100 + 10 * 32 * 3 + 200));
  const quant::Recipe acts = recipe({{"quant", Map{{"act", Map{{"bits", 8}}}}},
                                     {"learn", Map{{"iters", 10}, {"batch", 32}}},
                                     {"learn_act", Map{{"iters", 10}, {"batch", 32}}}});
  CHECK(cell_work(size, acts) == some + 10 * (10 * 32 * 3 + 200));
  const auto with = [&](const char* key, const char* value) {
    return cell_work(size, recipe({{"learn", Map{{"iters", 10}, {"batch", 32}, {key, value}}}}));
  };
  CHECK(with("order", "two_passes") == some + 10 * (10 * 32 * 3 + 200));
  CHECK(with("snapshot", "best") == some + 10 * 2 * 100);  // before and after, on every image
  const quant::Recipe gram =
      recipe({{"learn", Map{{"iters", 10}, {"granularity", "layer"}, {"engine", "gram"}}}});
  CHECK(cell_work(size, gram) == 10 * (1100 + 5 * 100 + 2 * 10 + 200));  // whatever the batch
}

TEST_CASE("scores of mixed precision are work: passes over their images, by what the score does") {
  using Map = core::Value::Map;
  const CellSize size{.macs = 10, .calibration = 100, .evaluated = 1000, .parts = 18};
  const auto with = [&](const char* importance, const char* allocator) {
    const core::Value allocate(Map{{"importance", importance}, {"allocator", allocator}});
    return cell_work(
        size, recipe({{"learn", Map{{"iters", 0}}}, {"quant", Map{{"allocate", allocate}}}}));
  };
  CHECK(with("fisher", "uniform_bits") == 10 * 1100);  // reads no scores
  CHECK(with("random", "dp") == 10 * 1100);
  CHECK(with("fisher", "dp") == 10 * (1100 + 64 * 3));              // 64 images, forward and back
  CHECK(with("one_at_a_time", "dp") == 10 * (1100 + 64 * 18 * 6));  // 6 candidates of 18 layers
  CHECK(with("hawq_trace", "dp") == 10 * (1100 + 64 * 16 * 6));     // 16 draws, two gradients each
}

TEST_CASE("seconds are those of the parts: images, ranges, steps, and the float network once") {
  using Map = core::Value::Map;
  const CellSize size{.macs = 10, .calibration = 100, .evaluated = 1000};
  const Rates rates{
      .load = 1, .forward = 10, .learn = 100, .weight_ranges = 7, .act_ranges = 5, .step = 1000};
  const auto seconds = [&](core::Value::Map tree, bool first) {
    return cell_seconds(size, recipe(std::move(tree)), rates, first);
  };
  const double rounded = seconds({{"learn", Map{{"iters", 0}}}}, false);
  CHECK(rounded == doctest::Approx(1100 + 1100 * 10 + 7 + 5).epsilon(1e-4));
  CHECK(seconds({{"learn", Map{{"iters", 0}}}}, true) == doctest::Approx(rounded + 1000 * 11));
  CHECK(seconds({{"learn", Map{{"iters", 10}, {"batch", 32}}}}, false) ==
        doctest::Approx(rounded + 10 * 32 * 100 + 200 * 10 + 10 * 1000));
}

TEST_CASE("a prediction is corrected by the same model, then by any, else taken as it is") {
  const CostModel model({{"a", 100, 10}, {"b", 100, 1000}});
  CHECK(model.predict("a", 50) == doctest::Approx(5));
  CHECK(model.predict("b", 50) == doctest::Approx(500));
  CHECK(model.predict("c", 200) == doctest::Approx(1010));
  CHECK(CostModel({}).predict("a", 7) == 7);
  CHECK(!CostModel({}).calibrated());
}
