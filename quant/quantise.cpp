#include "quant/quantise.h"

#include <algorithm>
#include <chrono>

#include "core/kernels/reduce.h"
#include "quant/act_ranges.h"
#include "quant/bn_fold.h"
#include "quant/learn_grid.h"
#include "quant/learn_parameters.h"
#include "quant/learn_rounding.h"
#include "quant/learn_steps.h"
#include "quant/walk.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

constexpr std::int64_t kLogRows = 256;  // samples behind the losses of the log

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double difference_share(const Tensor& a, const Tensor& b) {
  const auto x = a.data<std::int32_t>(), y = b.data<std::int32_t>();
  std::int64_t different = 0;
  for (std::size_t i = 0; i < x.size(); ++i) different += x[i] != y[i];
  return static_cast<double>(different);
}

class Session {
 public:
  Session(Quantised& out, const Recipe& recipe, const core::Rng& rng, core::Monitor& monitor)
      : out_(out),
        recipe_(recipe),
        rng_(rng),
        monitor_(monitor),
        walk_(*out.model, out.map, *out.pass) {}

  void round_to_nearest() {
    std::vector<QuantisedWeight> weights;
    std::vector<std::string> paths;
    for (const WeightSite& site : out_.map.weights) {
      if (site.grid.off()) continue;
      const Tensor& w = site.module->weight.value;
      weights.push_back({w, site.grid, (*recipe_.weight.scale)(w, site.grid)});
      paths.push_back(site.parameter);
    }
    recipe_.weight.levels->fit(weights);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const QuantisedWeight& weight = weights[i];
      bake(paths[i], weight, quantise_codes(weight.w, weight.q, weight.grid));
    }
  }

  void learn_weights(const Tensor& images) {
    const LearnWeights& learn = recipe_.learn;
    // nothing is learned: the log's losses need no more than its rows
    const Tensor& used =
        learn.iters > 0 ? images : images.rows(0, std::min(kLogRows, images.shape()[0]));
    walk_.along(
        learn, used,
        [&](std::size_t stage, const Work& work, const StageData& data) {
          if (work.weights.empty()) return true;
          return round_unit(work, data, learn.skip_first && stage == 0);
        },
        learn.order == Order::reverse);
  }

  void learn_steps(const Tensor& images) {
    const LearnActs& learn = recipe_.learn_act;
    if (learn.iters == 0 || joint()) return;
    walk_.along(learn, images, [&](std::size_t, const Work& work, const StageData& data) {
      return step_unit(work, data);
    });
  }

  /// Activation steps are learned in the loop of the weights.
  bool joint() const { return recipe_.learn_act.joint && !out_.map.acts.empty(); }

 private:
  void bake(const std::string& parameter, const QuantisedWeight& weight, Tensor codes) {
    out_.pass->set_parameter(parameter, Variable(dequantise(codes, weight.q, weight.grid)));
    if (weight.grid.levels) note_warp(parameter, weight.q.warp);
    out_.weights.insert_or_assign(parameter, BakedWeight{weight, std::move(codes)});
  }

  /// The map says on which levels a weight stands.
  void note_warp(const std::string& parameter, const Tensor& warp) {
    for (WeightSite& site : out_.map.weights) {
      if (site.parameter == parameter) site.warp = warp.values();
    }
  }

  UnitLog open_log(const Work& work, const StageData& data, const LearnRecipe& learn,
                   const char* phase) {
    UnitLog log{.path = work.unit.path, .phase = phase};
    for (const Tensor* held : {&data.x_quant, &data.x_float, &data.y_float, &data.sensitivity})
      log.cached_bytes += static_cast<std::int64_t>(held->byte_size());
    log.loss_rtn = log.loss_soft = log.loss_hard =
        unit_loss(work.unit, data, learn, *out_.pass, kLogRows);
    return log;
  }

  /// Notes a divergence; false when there is one.
  bool finite(const LoopResult& loop, const UnitLog& log) {
    if (!loop.diverged_at) return true;
    out_.status =
        fmt::format("diverged: unit {}, step {} ({})", log.path, *loop.diverged_at, log.phase);
    return false;
  }

  /// The learners of one unit; those that are off are empty.
  struct Learners {
    std::optional<GridLearner> grids;
    std::optional<RoundingLearner> rounding;
    std::optional<StepLearner> steps;
    std::optional<ParameterLearner> biases, norms;

    std::vector<Learner*> all() {
      std::vector<Learner*> out;
      const auto add = [&out](auto& learner) {
        if (learner) out.push_back(&*learner);
      };
      add(grids);  // before the roundings that stand on them
      add(rounding);
      add(steps);
      add(biases);
      add(norms);
      return out;
    }
    /// Leaves the learned values in the pass, without gradients.
    void settle(QuantPass& pass) {
      if (grids) grids->settle();
      if (steps) steps->place(pass);
      if (biases) biases->place(pass);
      if (norms) norms->place(pass);
    }
  };

  void make_learners(Learners& out, const Work& work, const StageData& data) {
    const LearnWeights& learn = recipe_.learn;
    const core::Rng rng = rng_.stream("variables").stream(work.unit.path);
    std::vector<const QuantisedWeight*> weights;
    for (const std::string& parameter : work.weights)
      weights.push_back(&out_.weights.at(parameter).original);
    if (learn.w_scale.on || learn.w_zero.on || learn.exponent.on) out.grids.emplace(learn, weights);
    const std::vector<Tensor> gradients = gradients_for_selection(work, data);
    std::vector<RoundingLearner::Item> items;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Tensor starts =
          learn.selection->mask(*weights[i], gradients.empty() ? nullptr : &gradients[i],
                                rng_.stream("selection").stream(work.weights[i]));
      RoundingLearner::Item item{work.weights[i], weights[i]};
      if (core::min_max(starts).max > 0) item.mask = starts;  // else every weight learns
      if (out.grids) item.grid = out.grids->grid(i);
      items.push_back(std::move(item));
    }
    out.rounding.emplace(learn, std::move(items), rng);
    if (joint()) {
      std::vector<SiteId> sites = sites_of(work, data);
      if (!sites.empty()) out.steps.emplace(recipe_.learn_act, std::move(sites), *out_.pass);
    }
    if (learn.bias.on && !work.biases.empty()) out.biases.emplace(learn.bias, work.biases);
    if (learn.norm.on && !work.norms.empty()) out.norms.emplace(learn.norm, work.norms);
  }

  /// dL/dW of the unit at round to nearest over the rows of the log, for selections that ask.
  std::vector<Tensor> gradients_for_selection(const Work& work, const StageData& data) {
    if (!recipe_.learn.selection->needs_gradient()) return {};
    std::vector<Variable> wrt;
    for (const std::string& parameter : work.weights) {
      const BakedWeight& baked = out_.weights.at(parameter);
      wrt.emplace_back(dequantise(baked.codes, baked.original.q, baked.original.grid), true);
      out_.pass->set_parameter(parameter, wrt.back());
    }
    std::vector<Tensor> out =
        loss_gradients(work.unit, data, recipe_.learn, *out_.pass, kLogRows, wrt);
    restore(work);
    return out;
  }

  bool round_unit(const Work& work, const StageData& data, bool skip) {
    const auto start = std::chrono::steady_clock::now();
    const LearnWeights& learn = recipe_.learn;
    UnitLog log = open_log(work, data, learn, "weights");
    double clipped = 0, elements = 0;
    for (const std::string& parameter : work.weights) {
      const QuantisedWeight& weight = out_.weights.at(parameter).original;
      elements += static_cast<double>(weight.w.numel());
      clipped +=
          clipped_share(weight.w, weight.q, weight.grid) * static_cast<double>(weight.w.numel());
    }
    log.clipped = clipped / elements;
    bool ok = true;
    if (learn.iters > 0 && !skip) {
      log.iterations = learn.iters;
      Learners learners;
      make_learners(learners, work, data);
      LoopResult loop = reconstruct(work.unit, data, learn, learners.all(), *out_.pass,
                                    rng_.stream("weights").stream(work.unit.path), monitor_);
      learners.settle(*out_.pass);
      ok = finite(loop, log);
      log.curve = std::move(loop.curve);
      if (ok)
        settle(work, data, *learners.rounding, log, elements);
      else
        restore(work);
    }
    log.seconds = seconds_since(start);
    out_.units.push_back(std::move(log));
    return ok;
  }

  /// Bakes what the learner decided, and logs it.
  void settle(const Work& work, const StageData& data, const RoundingLearner& learner, UnitLog& log,
              double elements) {
    learner.place_soft(*out_.pass);
    log.loss_soft = unit_loss(work.unit, data, recipe_.learn, *out_.pass, kLogRows);
    log.undecided = learner.undecided();
    const std::vector<Tensor> codes = learner.codes();
    const std::vector<QParams> grids = learner.grids();
    std::map<std::string, BakedWeight> nearest;
    double flips = 0;
    for (std::size_t i = 0; i < work.weights.size(); ++i) {
      const BakedWeight before = out_.weights.at(work.weights[i]);
      flips += difference_share(before.codes, codes[i]);
      nearest.emplace(work.weights[i], before);
      bake(work.weights[i], {before.original.w, before.original.grid, grids[i]}, codes[i]);
    }
    log.flips = flips / elements;
    log.loss_hard = unit_loss(work.unit, data, recipe_.learn, *out_.pass, kLogRows);
    if (recipe_.learn.rollback && !(log.loss_hard <= log.loss_rtn)) {
      for (const auto& [parameter, baked] : nearest) bake(parameter, baked.original, baked.codes);
      log.rolled_back = true;
      log.loss_hard = log.loss_rtn;
      log.flips = 0;
    }
  }

  /// Back to the codes that are stored, after soft weights stood in the pass.
  void restore(const Work& work) {
    for (const std::string& parameter : work.weights) {
      const BakedWeight baked = out_.weights.at(parameter);
      bake(parameter, baked.original, baked.codes);
    }
  }

  bool step_unit(const Work& work, const StageData& data) {
    const auto start = std::chrono::steady_clock::now();
    const LearnActs& learn = recipe_.learn_act;
    std::vector<SiteId> sites = sites_of(work, data);
    if (sites.empty()) return true;
    UnitLog log = open_log(work, data, learn, "activations");
    log.iterations = learn.iters;
    StepLearner learner(learn, std::move(sites), *out_.pass);
    Learner* const learners[] = {&learner};
    LoopResult loop = reconstruct(work.unit, data, learn, learners, *out_.pass,
                                  rng_.stream("activations").stream(work.unit.path), monitor_);
    learner.place(*out_.pass);
    log.curve = std::move(loop.curve);
    const bool ok = finite(loop, log);
    if (ok) log.loss_soft = log.loss_hard = unit_loss(work.unit, data, learn, *out_.pass, kLogRows);
    log.seconds = seconds_since(start);
    out_.units.push_back(std::move(log));
    return ok;
  }

  /// The quantised activation sites that one run of the unit passes.
  std::vector<SiteId> sites_of(const Work& work, const StageData& data) {
    TracePass trace(*out_.pass);
    work.unit.run(Variable(data.input().rows(0, 1)), trace);
    std::vector<SiteId> sites;
    for (const TracePass::Call& call : trace.calls) {
      if (out_.pass->activation(call.site.path, call.site.operand)) sites.push_back(call.site);
    }
    return sites;
  }

  Quantised& out_;
  const Recipe& recipe_;
  core::Rng rng_;
  core::Monitor& monitor_;
  Walk walk_;
};

}  // namespace

Tensor Quantised::logits(const Tensor& images) const {
  return model->forward(Variable(images), *pass).value();
}

Quantised quantise(const nn::Model& model, const Tensor& images, const Recipe& recipe,
                   const core::Rng& rng, core::Monitor& monitor) {
  core::require("quantise", images.shape().rank() == 4 && images.shape()[0] > 0,
                "calibration images must be (N, H, W, C) with N > 0; got {}", images.shape());
  Quantised out;
  out.model = model.clone();
  fold_batch_norms(*out.model);
  out.map = quantiser_map(*out.model, recipe);
  out.pass = std::make_unique<QuantPass>(recipe.precision);
  Session session(out, recipe, rng, monitor);
  session.round_to_nearest();
  const auto set_ranges = [&] {
    init_activation_ranges(*out.model, images, out.map, recipe.act, *out.pass);
    out.pass->quantise_activations(true);
  };
  if (session.joint()) set_ranges();
  session.learn_weights(images);
  if (out.status == "ok" && !out.map.acts.empty() && !session.joint()) {
    set_ranges();
    session.learn_steps(images);
  }
  return out;
}

}  // namespace quant
