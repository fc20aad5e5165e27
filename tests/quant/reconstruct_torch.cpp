// The core of reconstruction against an implementation of its own:
// tests/reference/reconstruct_torch.py learns the same layers and blocks in PyTorch, from the
// formulas, with our batches and our dropping masks (evaluated here, from the streams that the loop
// uses).  The constants of the methods are written out below for the script and come from the
// presets for us.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/io/h5.h"
#include "core/kernels/mix.h"
#include "core/system/file.h"
#include "nn/layers/layer_norm.h"
#include "nn/layers/weighted.h"
#include "quant/grid/codes.h"
#include "quant/learn/reconstruct.h"
#include "quant/learn/rounding_learner.h"
#include "quant/learn/step_learner.h"
#include "quant/method/method.h"
#include "quant/network/bn_fold.h"
#include "quant/network/granularity.h"
#include "quant/pass/run_rows.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"
#include "tests/support/python.h"
#include "tests/support/temp_dir.h"

using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kSteps = 200, kBatch = 8, kRows = 48;
constexpr int kWeightBits = 3, kActBits = 4;
constexpr double kSoft = 1e-3;    // of soft weights, relative to the step of their quantiser
constexpr double kCodes = 0.999;  // share of hard codes that must be equal
// The loss of a step, relative.  An activation within rounding of the middle between two codes goes
// to either, which is a jump of a whole activation step.
constexpr double kLoss = 1e-4, kActLoss = 1e-2;

struct Setup {
  std::string method;
  std::string unit;  // what the script calls it
  std::string model;
  std::int64_t side;  // of the images
  std::string stage;
  bool weights = true;  // else activation steps only, on weights rounded to nearest
  double keep = 1;  // share of activations that are quantised; below 1 activations are learned too
  double p = 2;
  std::string beta = "linear";
  double lr = 1e-3;  // of the roundings; the published rate of all three
  std::int64_t stride = 1, heads = 1;

  bool acts() const { return !weights || keep < 1; }
  bool layer() const { return unit == "conv_relu"; }
};

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }
/// "conv1" of "layer2.0.conv1.weight".
std::string layer_name(const std::string& parameter) {
  return last_part(parameter.substr(0, parameter.rfind('.')));
}

quant::Recipe recipe_of(const Setup& setup, bool fused) {
  core::Value tree = quant::method_settings(setup.method);
  tree.merge(quant_test::tree({{"learn.iters", kSteps},
                               {"learn.batch", kBatch},
                               {"learn.fused", fused},
                               {"learn.optimizer.lr", setup.lr},
                               {"learn_act.iters", setup.acts() ? kSteps : 0},
                               {"learn_act.batch", kBatch},
                               {"quant.weight.bits", kWeightBits},
                               {"quant.act.bits", setup.acts() ? kActBits : quant::kBitsOff}}));
  core::Params params(std::move(tree));
  quant::Recipe out(params);
  params.done();
  return out;
}

/// One unit with its inputs and quantisers.
struct Bench {
  std::unique_ptr<nn::Model> model;
  std::vector<nn::Stage> stages;
  std::size_t at = 0;
  quant::Unit unit;
  quant::UnitData data;
  quant::QuantPass pass{core::Precision::f32};
  std::vector<nn::Weighted*> layers;
  std::vector<quant::QuantisedWeight> weights;
  std::vector<quant::SiteId> sites;

  Bench(const Setup& setup, const quant::Recipe& recipe)
      : model(quant_test::model(setup.model, setup.side, 3)) {
    quant::fold_batch_norms(*model);
    stages = model->stages();
    while (stages[at].path != setup.stage) ++at;
    const nn::Stage& stage = stages[at];
    unit = {stage.path, setup.layer() ? stage.layers[0].run : stage.run};
    inputs(recipe);
    for (const nn::LayerUnit& layer : stage.layers) {
      if (setup.layer() && !weights.empty()) break;
      auto* module = dynamic_cast<nn::Weighted*>(layer.module);
      REQUIRE(module != nullptr);
      const Tensor& w = module->weight.value;
      const quant::Grid& grid = recipe.weight.grid;
      layers.push_back(module);
      weights.push_back({w, grid, (*recipe.weight.scale)(w, grid)});
      pass.set_parameter(module->weight.path,
                         Variable(quant::fake_quantise(w, weights.back().q, grid)));
    }
    if (setup.acts()) activations(stage, recipe);
  }

  /// Float inputs from the float prefix; those of the "quantised prefix" are rounded to 5 bits.
  void inputs(const quant::Recipe& recipe) {
    nn::EvalPass plain;
    const nn::Forward prefix = quant::run_of(stages, 0, at);
    data.x_float =
        quant::run_rows(prefix, quant_test::images(kRows, model->input_spec().height, 3), plain);
    const quant::Grid grid{.bits = 5, .per_channel = false};
    data.x_quant =
        quant::fake_quantise(data.x_float, (*recipe.act.scale)(data.x_float, grid), grid);
    data.y_float = quant::run_rows(unit.run, data.x_float, plain);
  }

  void activations(const nn::Stage& stage, const quant::Recipe& recipe) {
    nn::EvalPass plain;
    const Tensor inner = quant::run_rows(stage.layers[0].run, data.x_float, plain);
    const std::pair<const char*, const Tensor*> outputs[] = {{"act1", &inner},
                                                             {"act2", &data.y_float}};
    for (const auto& [name, value] : outputs) {
      sites.push_back({stage.path + "." + name, quant::kOutput});
      const quant::QParams q = (*recipe.act.scale)(*value, recipe.act.grid);
      pass.set_activation(sites.back(), {Variable(q.scale), q.zero, recipe.act.grid});
    }
    pass.quantise_activations(true);
  }
};

/// What was chosen with probability `p` at every step, as the loop chooses it; (steps, shape..).
template <class Stream>
Tensor masks(const core::Shape& shape, double p, Stream stream_of_step) {
  std::vector<std::int64_t> all{kSteps};
  for (int k = 0; k < shape.rank(); ++k) all.push_back(k == 0 ? kBatch : shape[k]);
  Tensor out = Tensor::empty(core::Shape(all));
  const core::Shape one(std::vector<std::int64_t>(all.begin() + 1, all.end()));
  const Tensor taken = Tensor::full(one, 1.0), left = Tensor::zeros(one);
  for (std::int64_t t = 0; t < kSteps; ++t) {
    const Tensor drawn = core::mix(taken, left, p, stream_of_step(static_cast<std::uint64_t>(t)));
    const auto from = drawn.data<float>();
    std::copy(from.begin(), from.end(), out.writable<float>().begin() + t * one.numel());
  }
  return out;
}

void write_task(const std::string& path, const Setup& setup, const Bench& bench, bool replacement,
                const core::Rng& rng) {
  core::h5::File in = core::h5::File::create();
  in.set_attribute("unit", setup.unit);
  in.set_attribute("beta_shape", setup.beta);
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::int64_t>>{
           {"stride", setup.stride},
           {"heads", setup.heads},
           {"bits", kWeightBits},
           {"act_bits", setup.acts() ? kActBits : 0},
           {"iters", kSteps},
           {"learn_weights", setup.weights}})
    in.set_attribute(name, value);
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, double>>{
           {"p", setup.p},
           {"lr", setup.lr},
           {"lambda", 0.01},
           {"beta_start", 20.0},
           {"beta_end", 2.0},
           {"warm_up", 0.2},
           {"act_lr", setup.weights ? 4e-5 : 4e-4}})
    in.set_attribute(name, value);
  in.write("x_quant", setup.weights ? bench.data.x_quant : bench.data.x_float);
  in.write("x_float", bench.data.x_float);
  in.write("y_float", bench.data.y_float);
  Tensor index = Tensor::empty({kSteps, kBatch}, core::DType::s64);
  for (std::int64_t t = 0; t < kSteps; ++t) {
    const auto row = quant::batch_index(rng, t, kRows, kBatch, replacement);
    std::copy(row.begin(), row.end(), index.writable<std::int64_t>().begin() + t * kBatch);
  }
  in.write("index", index);
  for (std::size_t i = 0; i < bench.layers.size(); ++i) {
    const nn::Weighted& layer = *bench.layers[i];
    const quant::QuantisedWeight& weight = bench.weights[i];
    const std::string group = "weights/" + layer_name(layer.weight.path) + "/";
    in.write(group + "w",
             setup.weights ? weight.w : quant::fake_quantise(weight.w, weight.q, weight.grid));
    in.write(group + "bias", layer.bias->value);
    in.write(group + "scale", weight.q.scale);
    in.write(group + "zero", weight.q.zero);
  }
  for (nn::Module* module : nn::modules(*bench.stages[bench.at].module)) {
    if (const auto* norm = dynamic_cast<const nn::LayerNorm*>(module)) {
      const std::string group = "norms/" + last_part(norm->path()) + "/";
      in.write(group + "weight", norm->weight.value);
      in.write(group + "bias", norm->bias.value);
    }
  }
  for (const quant::SiteId& site : bench.sites) {
    const quant::ActQuantiser& act = *bench.pass.activation(site.path, site.operand);
    in.write("acts/" + last_part(site.path) + "/scale", act.scale.value());
    in.write("acts/" + last_part(site.path) + "/zero", act.zero);
    if (setup.keep == 1) continue;
    in.write("masks/" + last_part(site.path),
             masks(bench.data.y_float.shape(), setup.keep, [&](std::uint64_t step) {
               return rng.stream("keep").stream(step).stream(site.path).stream(
                   static_cast<std::uint64_t>(site.operand + 1));
             }));
  }
  if (setup.keep < 1)
    in.write("masks/input", masks(bench.data.x_float.shape(), setup.keep, [&](std::uint64_t step) {
               return rng.stream("input").stream(step);
             }));
  core::publish(path, in.image());
}

/// max |a - b| in steps of the quantiser of each output channel.
double worst_in_steps(const Tensor& a, const Tensor& b, const Tensor& scale) {
  REQUIRE(a.shape() == b.shape());
  const std::int64_t run = a.numel() / scale.numel();
  double worst = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i)
    worst = std::max(worst, std::abs(a.at(i) - b.at(i)) / scale.at(i / run));
  return worst;
}

double equal_share(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  std::int64_t equal = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) equal += a.at(i) == b.at(i);
  return static_cast<double>(equal) / static_cast<double>(a.numel());
}

void compare_weights(const Bench& bench, const quant::RoundingLearner& learner,
                     quant::QuantPass& pass, const core::h5::File& theirs) {
  learner.place_soft(pass);
  const std::vector<Tensor> codes = learner.codes();
  for (std::size_t i = 0; i < bench.layers.size(); ++i) {
    const nn::Weighted& layer = *bench.layers[i];
    const std::string name = layer_name(layer.weight.path);
    const quant::QuantisedWeight& weight = bench.weights[i];
    const Tensor soft = pass.parameter(layer, layer.weight).value();
    CAPTURE(name);
    CHECK(worst_in_steps(soft, theirs.read("soft/" + name), weight.q.scale) < kSoft);
    CHECK(equal_share(codes[i], theirs.read("codes/" + name)) >= kCodes);
    // something was learned
    CHECK(equal_share(codes[i], quant::quantise_codes(weight.w, weight.q, weight.grid)) < 0.99);
  }
}

void compare_steps(const Bench& bench, const quant::QuantPass& pass, const core::h5::File& theirs) {
  for (const quant::SiteId& site : bench.sites) {
    const Tensor step = pass.activation(site.path, site.operand)->scale.value();
    const Tensor start = bench.pass.activation(site.path, site.operand)->scale.value();
    CAPTURE(site.path);
    CHECK(support::relative_difference(step, theirs.read("steps/" + last_part(site.path))) < kSoft);
    CHECK(support::relative_difference(step, start) > 2 * kSoft);
  }
}

/// Learns the unit of `setup` here, by the one-pass kernel and by the definition, and in PyTorch.
void compare(const Setup& setup) {
  const core::Rng rng(17);
  support::TempDir dir;
  for (const bool fused : {true, false}) {
    const quant::Recipe recipe = recipe_of(setup, fused);
    const quant::LearnRecipe& loop =
        setup.weights ? static_cast<const quant::LearnRecipe&>(recipe.learn) : recipe.learn_act;
    Bench bench(setup, recipe);
    if (fused) {
      write_task(dir.file("in.h5"), setup, bench, loop.replacement, rng);
      REQUIRE(support::run_reference("reconstruct_torch.py",
                                     dir.file("in.h5") + " " + dir.file("out.h5")) == 0);
    }
    const core::h5::File theirs = core::h5::File::open(dir.file("out.h5"));

    quant::QuantPass pass = bench.pass;
    std::vector<quant::Learner*> learners;
    std::vector<quant::RoundingLearner::Item> items;
    for (std::size_t i = 0; i < bench.layers.size(); ++i)
      items.push_back({bench.layers[i]->weight.path, &bench.weights[i]});
    quant::RoundingLearner rounding(recipe.learn, items, core::Rng(1));
    if (setup.weights) learners.push_back(&rounding);
    quant::StepLearner steps(recipe.learn_act, bench.sites, pass);
    if (setup.acts()) learners.push_back(&steps);
    quant::UnitData data = bench.data;
    if (!loop.wants_quantised()) data.x_quant = Tensor();
    core::Monitor monitor;
    const auto result = quant::reconstruct({bench.unit, data, loop, pass}, learners, rng, monitor);

    CAPTURE(fused);
    if (setup.weights) compare_weights(bench, rounding, pass, theirs);
    steps.place(pass);
    compare_steps(bench, pass, theirs);
    const Tensor losses = theirs.read("loss");
    double worst = 0;
    for (std::size_t i = 0; i < result.curve.step.size(); ++i) {
      const double theirs_now = losses.at(result.curve.step[i]);
      worst = std::max(worst, std::abs(result.curve.loss[i] - theirs_now) / theirs_now);
    }
    CHECK(worst < (setup.acts() ? kActLoss : kLoss));
  }
}

/// The first block of a stage: stride 2, with the shortcut that pads channels.
Setup residual_block(const char* method) {
  return {.method = method,
          .unit = "basic_block",
          .model = "resnet20",
          .side = 8,
          .stage = "layer2.0",
          .stride = 2};
}

}  // namespace

TEST_CASE("AdaRound learns a layer as PyTorch does" * doctest::test_suite("slow")) {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  compare({.method = "adaround",
           .unit = "conv_relu",
           .model = "resnet20",
           .side = 8,
           .stage = "layer2.0",
           .beta = "cosine",
           .stride = 2});
}

TEST_CASE("BRECQ learns the roundings of a residual block as PyTorch does" *
          doctest::test_suite("slow")) {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  Setup setup = residual_block("brecq");
  setup.lr = 1e-2;
  compare(setup);
}

TEST_CASE("BRECQ learns the roundings of a transformer block as PyTorch does" *
          doctest::test_suite("slow")) {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  compare({.method = "brecq",
           .unit = "vit_block",
           .model = "vit_micro_patch4_28",
           .side = 12,
           .stage = "blocks.2",
           .heads = 3});
}

TEST_CASE("BRECQ learns the activation steps of a residual block as PyTorch does" *
          doctest::test_suite("slow")) {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  Setup setup = residual_block("brecq");
  setup.weights = false;
  setup.p = 2.4;
  compare(setup);
}

TEST_CASE("QDrop learns roundings and activation steps of a residual block as PyTorch does" *
          doctest::test_suite("slow")) {
  SKIP_WITHOUT_PYTHON("torch, h5py");
  Setup setup = residual_block("qdrop");
  setup.keep = 0.5;
  compare(setup);
}
