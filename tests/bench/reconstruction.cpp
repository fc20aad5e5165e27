// One iteration of learning every unit, timed inside the loop itself.
#include "core/rng.h"
#include "nn/safetensors.h"
#include "nn/state_dict.h"
#include "quant/learn/rounding_learner.h"
#include "quant/learn/step_learner.h"
#include "quant/map/act_ranges.h"
#include "quant/method/method.h"
#include "quant/network/bn_fold.h"
#include "quant/pass/run_rows.h"
#include "quant/pass/trace_pass.h"
#include "quant/quantise.h"
#include "tests/bench/steps.h"
#include "tests/bench/timing.h"

namespace bench {
namespace {

using core::Tensor;

constexpr const char* kWeights = "data/weights/resnet20_fashion.safetensors";

quant::Recipe make_recipe(core::Value tree, const StepOptions& options) {
  tree.set_path("quant.weight.bits", options.number);
  tree.set_path("precision", std::string(core::name_of(options.precision)));
  core::Params params(tree);
  return quant::Recipe(params);
}

/// Learns one stage until there are enough samples of its steps.
Samples learn_stage(const nn::Stage& stage, const quant::UnitData& data,
                    const quant::Recipe& recipe, const quant::QuantiserMap& map,
                    quant::QuantPass& pass, double seconds) {
  std::vector<quant::QuantisedWeight> weights;
  std::vector<std::string> paths;
  for (const quant::WeightSite& site : map.weights) {
    if (site.stage != stage.path) continue;
    const Tensor& w = site.module->weight.value;
    weights.push_back({w, site.grid, (*recipe.weight.scale)(w, site.grid)});
    paths.push_back(site.parameter);
  }
  std::vector<quant::RoundingLearner::Item> items;
  for (std::size_t i = 0; i < weights.size(); ++i) items.push_back({paths[i], &weights[i]});
  quant::RoundingLearner roundings(recipe.learn, items, core::Rng(1));
  std::vector<quant::Learner*> learners{&roundings};
  std::optional<quant::StepLearner> steps;
  if (!map.acts.empty()) {
    const Tensor one = data.input().rows(0, 1);
    learners.push_back(
        &steps.emplace(recipe.learn_act, quant::active_sites(stage.run, one, pass), pass));
  }
  StepClock clock(seconds);
  try {
    quant::reconstruct({{stage.path, stage.run}, data, recipe.learn, pass}, learners, core::Rng(1),
                       clock);
  } catch (const core::Interrupted&) {
    // the clock has enough
  }
  return clock.samples();
}

nlohmann::json learn_stages(const std::string& method, const StepOptions& options) {
  const std::unique_ptr<nn::Model> model = make_network(options.model);
  quant::fold_batch_norms(*model);
  core::Value tree = quant::method_settings(method);
  tree.set_path("learn.regulariser.warm_up", 0.0);     // every iteration does all the work
  tree.set_path("quant.weight.scale.name", "minmax");  // not timed
  if (method == "qdrop") tree.set_path("quant.act.bits", options.number);
  const quant::Recipe recipe = make_recipe(std::move(tree), options);
  const quant::QuantiserMap map = quant::quantiser_map(*model, recipe);
  quant::QuantPass pass(options.precision);
  nn::EvalPass plain(options.precision);
  Tensor x = random_images(*model, model->input_spec().height > 32 ? 64 : 128);
  if (!map.acts.empty()) {
    quant::init_activation_ranges(*model, x.rows(0, 32), map, recipe.act, pass);
    pass.quantise_activations(true);
  }
  const std::vector<nn::Stage> stages = model->stages();
  nlohmann::json per_unit = nlohmann::json::array();
  double total = 0, mean = 0;
  for (const nn::Stage& stage : stages) {
    const Tensor y = quant::run_rows(stage.run, x, plain);
    const Tensor x_float = recipe.learn.wants_float() ? x : Tensor();
    const Samples samples = learn_stage(stage, {x, x_float, y}, recipe, map, pass,
                                        options.seconds / static_cast<double>(stages.size()));
    per_unit.push_back(samples.median());
    total += samples.median();
    mean += samples.median() * samples.slowdown();
    x = y;
  }
  return {{"median_ms", total}, {"slowdown", mean / total}, {"per_unit_ms", per_unit}};
}

}  // namespace

nlohmann::json reconstruction_iteration(const StepOptions& options) {
  return learn_stages("brecq", options);
}

nlohmann::json qdrop_iteration(const StepOptions& options) {
  return learn_stages("qdrop", options);
}

nlohmann::json gram_cell(const StepOptions& options) {
  core::Value tree = quant::method_settings("adaround");
  tree.set_path("learn.engine", "gram");
  tree.set_path("learn.iters", 300);  // these two: as experiments/configs/gram.yaml
  tree.set_path("learn.optimizer.lr", 0.1);
  const quant::Recipe recipe = make_recipe(std::move(tree), options);
  const auto weights = nn::read_safetensors(kWeights).tensors;
  const Tensor images = random_images(*make_network("resnet20"), 1024);
  return measure(options.seconds,
                 [&] {
                   const std::unique_ptr<nn::Model> model = make_network("resnet20");
                   nn::load_state(*model, weights, kWeights);
                   core::Monitor monitor;
                   quant::quantise(*model, images, recipe, core::Rng(0), monitor);
                 })
      .json();
}

}  // namespace bench
