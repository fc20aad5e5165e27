#include "quant/walk/walk.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "quant/network/bn_fold.h"
#include "quant/pass/run_rows.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

using core::Tensor;
using quant_test::recipe;

namespace {

struct Network {
  std::unique_ptr<nn::Model> model;
  quant::Recipe settings;
  quant::QuantiserMap map;
  quant::QuantPass pass{core::Precision::f32};
  Tensor images;

  explicit Network(quant_test::Keys keys) : settings(recipe(keys)) {
    core::Value tree{core::Value::Map{}};
    tree.set_path("name", "resnet20");
    tree.set_path("in_channels", 1);
    tree.set_path("img_size", 28);
    core::Params params(tree);
    model = nn::make_model(params, core::Rng(1));
    quant::fold_batch_norms(*model);
    map = quant::quantiser_map(*model, settings);
    core::Rng rng(2);
    images = rng.normal({3, 28, 28, 1}, 0, 1);
  }

  std::vector<std::string> paths(bool reverse = false) {
    std::vector<std::string> out;
    quant::WalkPlan plan = quant::plan_of(settings.learn);
    plan.reverse = reverse;
    quant::Walk(*model, map, pass)
        .along(plan, images, [&](std::size_t, const quant::Unit& unit, const quant::UnitData&) {
          out.push_back(unit.path);
          return true;
        });
    return out;
  }
};

}  // namespace

TEST_CASE("a walk goes from the stem to the head, or back") {
  for (const char* unit : {"layer", "block", "stage", "network"}) {
    CAPTURE(unit);
    Network net({{"learn.granularity", unit}});
    std::vector<std::string> forward = net.paths(), back = net.paths(true);
    std::reverse(back.begin(), back.end());
    CHECK(forward == back);
    CHECK(forward.front().starts_with("conv1"));
    CHECK(forward.back().ends_with("linear"));
  }
}

TEST_CASE("a unit run on the float input gives the float target") {
  for (const char* unit : {"layer", "two_blocks"}) {
    Network net({{"learn.granularity", unit}, {"learn.input", "fp"}});
    nn::EvalPass plain;
    quant::Walk(*net.model, net.map, net.pass)
        .along(quant::plan_of(net.settings.learn), net.images,
               [&](std::size_t, const quant::Unit& unit, const quant::UnitData& data) {
                 CHECK(data.x_quant.numel() == 0);
                 CHECK(support::same_bits(quant::run_rows(unit.run, data.x_float, plain),
                                          data.y_float));
                 return true;
               });
  }
}

TEST_CASE("sym_quant takes the float unit on the quantised input as target") {
  Network net({{"learn.input", "sym_quant"}});
  // a weight of the stem stands in the pass, so that the prefix differs from the float network
  net.pass.set_parameter("conv1.weight", autograd::Variable(Tensor::zeros({16, 1, 3, 3})));
  nn::EvalPass plain;
  quant::Walk(*net.model, net.map, net.pass)
      .along(
          quant::plan_of(net.settings.learn), net.images,
          [&](std::size_t stage, const quant::Unit& unit, const quant::UnitData& data) {
            CHECK(data.x_float.numel() == 0);
            CHECK(support::same_bits(quant::run_rows(unit.run, data.x_quant, plain), data.y_float));
            return stage < 2;
          });
}

TEST_CASE("a loss that looks behind the unit gets logits and sensitivities") {
  Network net({{"learn.loss", "fisher"}});
  quant::Walk(*net.model, net.map, net.pass)
      .along(quant::plan_of(net.settings.learn), net.images,
             [&](std::size_t, const quant::Unit&, const quant::UnitData& data) {
               CHECK(data.sensitivity.shape() == data.y_float.shape());
               CHECK(data.float_logits.shape() == core::Shape{3, 10});
               return true;
             });
}

TEST_CASE("a correction moves float inputs and targets of blocks, not of stem and head") {
  Network net({{"learn.input", "mix"},
               {"learn.iters", 1},
               {"learn.correct.on", true},
               {"learn.correct.iters", 2},
               {"learn.correct.lr", 0.01}});
  const auto unfolded = quant_test::model("resnet20", 28, 1);
  nn::EvalPass plain;
  Tensor x = net.images;
  quant::Walk(*net.model, net.map, net.pass, {.unfolded = unfolded.get()})
      .along(
          quant::plan_of(net.settings.learn), net.images,
          [&](std::size_t stage, const quant::Unit& unit, const quant::UnitData& data) {
            const bool block = stage > 0 && unit.path != "linear";
            CHECK(support::same_bits(data.x_float, x) != block);
            CHECK(support::relative_difference(data.x_float, x) < 0.1);
            CHECK(support::same_bits(quant::run_rows(unit.run, data.x_float, plain), data.y_float));
            // the next unit starts from the float network, not from what was corrected
            x = quant::run_rows(unit.run, x, plain);
            return true;
          });
}

TEST_CASE("layer weights come with the network as a unit") {
  Network net({{"learn.loss.name", "layers"},
               {"learn.loss.draws", 3},
               {"learn.loss.samples", 2},
               {"learn.granularity", "network"}});
  quant::Walk(*net.model, net.map, net.pass)
      .along(quant::plan_of(net.settings.learn), net.images,
             [&](std::size_t, const quant::Unit&, const quant::UnitData& data) {
               CHECK(data.layer_weights.size() == 29);
               CHECK(*std::min_element(data.layer_weights.begin(), data.layer_weights.end()) == 0);
               return true;
             });
}

TEST_CASE("in bf16 what a unit learns from is held in bf16, but for images and logits") {
  for (const char* granularity : {"block", "layer"}) {
    Network net({{"learn.granularity", granularity}, {"learn.input", "mix"}});
    quant::QuantPass pass(core::Precision::bf16);
    std::size_t units = 0, narrow = 0;
    quant::Walk(*net.model, net.map, pass)
        .along(quant::plan_of(net.settings.learn), net.images,
               [&](std::size_t, const quant::Unit&, const quant::UnitData& data) {
                 ++units;
                 narrow += data.x_quant.dtype() == core::DType::bf16 &&
                           data.x_float.dtype() == core::DType::bf16 &&
                           data.y_float.dtype() == core::DType::bf16;
                 return true;
               });
    CHECK(narrow == units - (std::string(granularity) == "block" ? 2 : 1));
  }
}

TEST_CASE("a walk without steps says which unit comes next, and stops between units when asked") {
  struct Listener final : core::Monitor {
    std::vector<std::string> heard;
    void report(std::string_view task, std::int64_t, std::int64_t, double) override {
      heard.emplace_back(task);
    }
    bool stop_requested() const override { return heard.size() == 3; }
  } listener;
  Network net({{"learn.granularity", "layer"}, {"learn.iters", 0}});
  std::size_t visits = 0;
  quant::Walk walk(*net.model, net.map, net.pass, {.monitor = &listener});
  CHECK_THROWS_WITH_AS(walk.along(quant::plan_of(net.settings.learn), net.images,
                                  [&](std::size_t, const quant::Unit&, const quant::UnitData&) {
                                    ++visits;
                                    return true;
                                  }),
                       doctest::Contains("layer1.1.conv1"), core::Interrupted);
  CHECK(visits == 3);
  CHECK(listener.heard.front() == "conv1");
}
