#include "tests/bench/block.h"

#include "autograd/gradients.h"
#include "core/kernels/conv/conv2d.h"
#include "core/kernels/lsq.h"
#include "core/kernels/map.h"
#include "core/kernels/mix.h"
#include "core/kernels/move.h"
#include "quant/learn/rounding_learner.h"
#include "quant/learn/step_learner.h"
#include "quant/loss/elementwise.h"
#include "quant/map/act_ranges.h"
#include "quant/method/method.h"
#include "quant/network/bn_fold.h"
#include "quant/pass/run_rows.h"
#include "quant/pass/trace_pass.h"
#include "quant/quantise.h"
#include "tests/bench/steps.h"

namespace bench {
namespace {

using autograd::Variable;
using core::Tensor;

constexpr std::int64_t kImages = 128;
constexpr core::Conv2dOptions kConvolution{.pad = {1, 1}};

quant::Recipe recipe_of(BlockWork work, int iterations) {
  const bool acts = work == BlockWork::weights_and_activations;
  core::Value tree = quant::method_settings(acts ? "qdrop" : "brecq");
  tree.set_path("quant.weight.bits", 4);
  if (acts) tree.set_path("quant.act.bits", 4);
  tree.set_path("learn.regulariser.warm_up", 0.0);
  tree.set_path("learn.iters", iterations);
  core::Params params(tree);
  return quant::Recipe(params);
}

/// The block's values and state, as the kernels by hand need them.
class ByHand {
 public:
  ByHand(const quant::Recipe& recipe, std::vector<quant::QuantisedWeight> weights, Tensor x,
         Tensor y, bool acts)
      : recipe_(recipe),
        weights_(std::move(weights)),
        x_(std::move(x)),
        y_(std::move(y)),
        acts_(acts),
        adam_(recipe.learn.optimizer()),
        step_adam_(recipe.learn_act.optimizer()) {
    for (const quant::QuantisedWeight& w : weights_) v_.push_back(recipe.learn.variable->init(w));
    for (std::int64_t i = 0; i < 32; ++i) index_.push_back(i * 3 % kImages);
  }

  void iteration() {
    const quant::FusedRounding& fused = *recipe_.learn.variable->fused();
    Tensor x = core::gather_rows(x_, index_);
    if (acts_) x = core::mix(x, core::gather_rows(x_, index_), 0.5, rng_);
    const Tensor target = core::gather_rows(y_, index_);
    const Tensor w0 = fused.soften(weights_[0], v_[0], {}),
                 w1 = fused.soften(weights_[1], v_[1], {});
    core::Conv2dOptions with_relu = kConvolution;
    with_relu.relu = true;
    const Tensor a = core::conv2d(x, w0, &bias_, with_relu);
    const Tensor seen = acts_ ? core::lsq(a, scales_[0], zero_, range_, &choice_) : a;
    // values are overwritten where the graph would let them go
    Tensor sum = core::conv2d(seen, w1, &bias_, kConvolution);
    sum = core::add_relu(sum, x);
    const Tensor out = acts_ ? core::lsq(sum, scales_[1], zero_, range_, &choice_) : sum;
    Tensor d = loss_gradient(out, target);

    core::LsqGrads second, first;
    if (acts_) d = (second = core::lsq_backward(d, sum, scales_[1], zero_, range_, &choice_)).dx;
    d = core::relu_backward(d, sum);
    const Tensor d_w1 = core::conv2d_backward_weights(d, seen, w1.shape(), kConvolution);
    d = core::conv2d_backward_data(d, w1, seen.shape(), kConvolution);
    if (acts_) d = (first = core::lsq_backward(d, a, scales_[0], zero_, range_, &choice_)).dx;
    d = core::relu_backward(d, a);
    const Tensor d_w0 = core::conv2d_backward_weights(d, x, w0.shape(), kConvolution);

    const quant::Pull pull{.lambda = 0.01, .beta = 15};
    const Tensor grads[] = {fused.gradient(weights_[0], v_[0], {}, d_w0, pull)[0],
                            fused.gradient(weights_[1], v_[1], {}, d_w1, pull)[0]};
    Tensor* const values[] = {&v_[0][0], &v_[1][0]};
    adam_->step(values, grads, 1e-6);
    if (!acts_) return;
    const Tensor step_grads[] = {first.dscale, second.dscale};
    Tensor* const steps[] = {&scales_[0], &scales_[1]};
    step_adam_->step(steps, step_grads, 1e-9);
  }

 private:
  /// The loss and its gradient; a graph of one node.
  static Tensor loss_gradient(const Tensor& out, const Tensor& target) {
    const Variable prediction(out, true);
    const quant::LossInputs in{prediction, target, {}, std::nullopt, {}};
    const double rows = static_cast<double>(out.numel() / out.shape()[-1]);
    const Variable loss = quant::elementwise("l2", in, 1.0 / rows, quant::SquaredError{});
    return autograd::gradients(loss, std::array{prediction})[0];
  }

  const quant::Recipe& recipe_;
  std::vector<quant::QuantisedWeight> weights_;
  Tensor x_, y_;
  bool acts_;
  std::unique_ptr<nn::Optimizer> adam_, step_adam_;
  std::vector<std::vector<Tensor>> v_;
  std::vector<std::int64_t> index_;
  Tensor bias_ = Tensor::zeros({16});
  std::vector<Tensor> scales_{Tensor::full({1}, 0.2), Tensor::full({1}, 0.2)};
  Tensor zero_ = Tensor::zeros({1});
  core::LsqRange range_{0, 15};
  core::Rng rng_{5};
  core::Choice choice_{0.5, core::Rng(6)};
};

}  // namespace

void with_block(
    BlockWork work, int iterations,
    const std::function<void(const std::function<void()>&, const std::function<void()>&)>& use) {
  const bool acts = work == BlockWork::weights_and_activations;
  const std::unique_ptr<nn::Model> model = make_network("resnet20");
  quant::fold_batch_norms(*model);
  const quant::Recipe recipe = recipe_of(work, iterations);
  const quant::QuantiserMap map = quant::quantiser_map(*model, recipe);
  quant::QuantPass pass(core::Precision::f32);
  nn::EvalPass plain;
  const Tensor images = random_images(*model, kImages);
  if (acts) {
    quant::init_activation_ranges(*model, images, map, recipe.act, pass);
    pass.quantise_activations(true);
  }
  const std::vector<nn::Stage> stages = model->stages();
  const nn::Stage& block = stages[1];
  const Tensor x = quant::run_rows(stages[0].run, images, plain);
  const Tensor y = quant::run_rows(block.run, x, plain);

  std::vector<quant::QuantisedWeight> weights;
  std::vector<std::string> paths;
  for (const quant::WeightSite& site : map.weights) {
    if (site.stage != block.path) continue;
    weights.push_back({site.module->weight.value, site.grid,
                       (*recipe.weight.scale)(site.module->weight.value, site.grid)});
    paths.push_back(site.parameter);
  }
  quant::RoundingLearner roundings(recipe.learn, {{paths[0], &weights[0]}, {paths[1], &weights[1]}},
                                   core::Rng(1));
  std::vector<quant::Learner*> learners{&roundings};
  std::optional<quant::StepLearner> steps;
  if (acts)
    learners.push_back(
        &steps.emplace(recipe.learn_act, quant::active_sites(block.run, x.rows(0, 1), pass), pass));
  const quant::UnitData data{x, acts ? x : Tensor(), y};
  core::Monitor monitor;
  ByHand by_hand(recipe, weights, x, y, acts);
  use(
      [&] {
        quant::reconstruct({{block.path, block.run}, data, recipe.learn, pass}, learners,
                           core::Rng(1), monitor);
      },
      [&] {
        for (int i = 0; i < iterations; ++i) by_hand.iteration();
      });
}

}  // namespace bench
