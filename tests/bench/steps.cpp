#include "tests/bench/steps.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include "nn/fit.h"
#include "nn/model.h"
#include "quant/act_ranges.h"
#include "quant/bn_fold.h"
#include "quant/learn_rounding.h"
#include "quant/learn_steps.h"
#include "quant/method.h"
#include "quant/reconstruct.h"
#include "quant/sites.h"

namespace bench {
namespace {

using core::Tensor;
using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from) {
  return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
}

/// Times step() for `seconds`, after three warm-up steps.
nlohmann::json measure(const std::function<void()>& step, double seconds) {
  for (int i = 0; i < 3; ++i) step();
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  while (milliseconds(start) < 1e3 * seconds || times.size() < 5) {
    const Clock::time_point begin = Clock::now();
    step();
    times.push_back(milliseconds(begin));
  }
  std::sort(times.begin(), times.end());
  return {{"median_ms", times[times.size() / 2]},
          {"min_ms", times.front()},
          {"max_ms", times.back()},
          {"steps", times.size()}};
}

std::unique_ptr<nn::Model> make(const std::string& name) {
  const bool vit = name == "vit_mini";
  core::Value tree{core::Value::Map{}};
  tree.set_path("name", vit ? "vit_mini_patch4_28" : name.c_str());
  tree.set_path("in_channels", 1);
  core::Params params(tree, "model");
  return nn::make_model(params, core::Rng(0));
}

quant::Recipe recipe(const std::string& method, const StepOptions& options) {
  core::Value tree = quant::method_settings(method);
  tree.set_path("quant.weight.bits", options.batch);
  if (method == "qdrop") tree.set_path("quant.act.bits", options.batch);
  tree.set_path("learn.regulariser.warm_up", 0.0);  // every iteration does all the work
  tree.set_path("precision", std::string(core::name_of(options.precision)));
  core::Params params(tree);
  return quant::Recipe(params);
}

/// Milliseconds of one iteration of every block, by the settings of a method.
nlohmann::json reconstruct_blocks(const std::string& method, const StepOptions& options) {
  const std::unique_ptr<nn::Model> model = make(options.model);
  quant::fold_batch_norms(*model);
  quant::Recipe settings = recipe(method, options);
  const quant::QuantiserMap map = quant::quantiser_map(*model, settings);
  quant::QuantPass pass(options.precision);
  nn::EvalPass plain(options.precision);
  core::Rng rng(1);
  core::Monitor monitor;
  Tensor x = rng.normal({128, 28, 28, 1}, 0, 1);
  const bool acts = !map.acts.empty();
  if (acts) {
    quant::init_activation_ranges(*model, x, map, settings.act, pass);
    pass.quantise_activations(true);
  }
  const std::vector<nn::Stage> stages = model->stages();
  nlohmann::json per_block = nlohmann::json::array();
  double total = 0;
  for (std::size_t s = 0; s + 1 < stages.size(); ++s) {
    const Tensor y = quant::run_rows(stages[s].run, x, plain);
    if (s > 0) {  // the stem is no block
      std::vector<quant::QuantisedWeight> weights;
      std::vector<std::string> paths;
      for (const nn::LayerUnit& layer : stages[s].layers) {
        for (const quant::WeightSite& site : map.weights) {
          if (site.module != layer.module) continue;
          const Tensor& w = site.module->weight.value;
          weights.push_back({w, site.grid, (*settings.weight.scale)(w, site.grid)});
          paths.push_back(site.parameter);
        }
      }
      std::vector<quant::RoundingLearner::Item> items;
      for (std::size_t i = 0; i < weights.size(); ++i) items.push_back({paths[i], &weights[i]});
      quant::RoundingLearner learner(settings.learn, items, rng);
      std::vector<quant::Learner*> learners{&learner};
      std::optional<quant::StepLearner> steps;
      if (acts)
        learners.push_back(&steps.emplace(
            settings.learn_act, quant::active_sites(stages[s].run, x.rows(0, 1), pass), pass));
      settings.learn.iters = 5;  // a timed piece of the loop
      const quant::StageData data{x, x, y};
      const nlohmann::json m = measure(
          [&] {
            quant::reconstruct({stages[s].path, stages[s].run}, data, settings.learn, learners,
                               pass, rng, monitor);
          },
          options.seconds / static_cast<double>(stages.size() - 2));
      per_block.push_back(m["median_ms"].get<double>() / 5);
      total += per_block.back().get<double>();
    }
    x = y;
  }
  return {{"median_ms", total}, {"per_block_ms", per_block}};
}

}  // namespace

nlohmann::json train_step(const StepOptions& options) {
  const std::unique_ptr<nn::Model> model = make(options.model);
  core::Value tree{core::Value::Map{}};
  tree.set_path("name", options.model == "vit_mini" ? "adamw" : "sgd");
  tree.set_path("lr", 0.01);
  core::Params params(tree, "optimizer");
  const std::unique_ptr<nn::Optimizer> optimizer = core::Registry<nn::Optimizer>::create(params);
  core::Rng rng(1);
  const Tensor images = rng.normal({options.batch, 28, 28, 1}, 0, 1);
  const Tensor labels = rng.uniform({options.batch}, -0.5, 9.49).to(core::DType::s64);
  std::uint64_t count = 0;
  nlohmann::json out = measure(
      [&] {
        nn::fit_step(*model, *optimizer, images, labels,
                     {.lr = 0.01, .precision = options.precision}, rng.stream(count++));
      },
      options.seconds);
  out["images_per_s"] = static_cast<double>(options.batch) / (out["median_ms"].get<double>() / 1e3);
  return out;
}

nlohmann::json reconstruction_iteration(const StepOptions& options) {
  return reconstruct_blocks("brecq", options);
}

nlohmann::json qdrop_iteration(const StepOptions& options) {
  return reconstruct_blocks("qdrop", options);
}

}  // namespace bench
