#include "quant/quantise.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "quant/learn/best_values.h"
#include "quant/learn/step_learner.h"
#include "quant/learn/unit_learners.h"
#include "quant/map/act_ranges.h"
#include "quant/map/weight_importance.h"
#include "quant/network/bn_fold.h"
#include "quant/walk/walk.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double differences(const Tensor& a, const Tensor& b) {
  const auto x = a.data<std::int32_t>(), y = b.data<std::int32_t>();
  std::int64_t different = 0;
  for (std::size_t i = 0; i < x.size(); ++i) different += x[i] != y[i];
  return static_cast<double>(different);
}

class Session {
 public:
  /// unfolded: the model with its batch norms, where the recipe asks for it.
  Session(Quantised& out, const Recipe& recipe, const core::Rng& rng, core::Monitor& monitor,
          nn::Model* unfolded, const core::Scratch& scratch, const Tensor& labels)
      : out_(out),
        recipe_(recipe),
        rng_(rng),
        monitor_(monitor),
        walk_(*out.model, out.map, *out.pass,
              {.unfolded = unfolded,
               .monitor = &monitor,
               .rng = rng.stream("layer weights"),
               .scratch = scratch,
               .labels = labels}) {
    const std::vector<LayerPlace> places = layer_places(out.map);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (recipe.learn.selection->takes_layer(places[i]))
        learning_.insert(out.map.weights[i].parameter);
    }
  }

  void round_to_nearest(const Tensor& images) {
    std::vector<QuantisedWeight> weights;
    std::vector<const WeightSite*> sites;
    for (const WeightSite& site : out_.map.weights) {
      if (site.grid.off()) continue;
      const Tensor& whole = site.module->weight.value;
      const Tensor w = site.rows.empty() ? whole : take_rows(whole, site.rows);
      weights.push_back({w, site.grid, (*recipe_.weight.scale)(w, site.grid)});
      sites.push_back(&site);
    }
    const WeightGrid& levels = *recipe_.weight.levels;
    levels.fit(weights, weight_importance(*out_.model, sites, images, levels.importance()));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const QuantisedWeight& weight = weights[i];
      bake(sites[i]->parameter, weight, quantise_codes(weight.w, weight.q, weight.grid));
    }
  }

  /// Steps that look at what comes into their layer: along the network, each layer behind those
  /// before it, which are rounded to nearest.
  void set_steps_on_inputs(const Tensor& images) {
    const Scale& scale = *recipe_.weight.scale;
    if (!scale.needs_inputs()) return;
    core::Value keys{core::Value::Map{}};  // of a walk that gathers moments
    keys.set_path("granularity", "layer");
    keys.set_path("input", "quant");
    keys.set_path("iters", 0);
    keys.set_path("solver", "hessian_gptq");
    const LearnWeights gathering = read_learn(core::Params(std::move(keys)));
    walk_.along(gathering, images, [&](std::size_t, const Work& work, const UnitData& data) {
      for (const std::string& parameter : work.weights) {
        QuantisedWeight weight = out_.weights.at(parameter).original;
        weight.q = scale.on_inputs(weight.w, weight.grid, data.moments->a);
        bake(parameter, weight, quantise_codes(weight.w, weight.q, weight.grid));
      }
      return true;
    });
  }

  void learn_weights(const Tensor& images) {
    const LearnWeights& learn = recipe_.learn;
    // nothing is learned: the log's losses need no more than its rows
    const Tensor& used =
        learn.works() ? images : images.rows(0, std::min(kLogRows, images.shape()[0]));
    if (learn.first_pass && learn.iters > 0) round_units(*learn.first_pass, used, "first pass");
    if (out_.status == "ok") round_units(learn, used, "weights");
  }

  void learn_steps(const Tensor& images) {
    const LearnActs& learn = recipe_.learn_act;
    if (learn.iters == 0 || joint()) return;
    walk_.along(learn, images, [&](std::size_t, const Work& work, const UnitData& data) {
      return step_unit(work, data);
    });
  }

  /// Activation steps are learned in the loop of the weights.
  bool joint() const { return recipe_.learn_act.joint && !out_.map.acts.empty(); }

 private:
  void round_units(const LearnWeights& learn, const Tensor& images, const char* phase) {
    walk_.along(
        learn, images,
        [&](std::size_t stage, const Work& work, const UnitData& data) {
          if (work.weights.empty()) return true;
          const bool skip = (learn.skip_first && stage == 0) || !learns(work);
          return round_unit(work, data, learn, phase, skip);
        },
        learn.order == Order::reverse);
  }

  /// Something in the unit learns beside weights that no selection takes.
  bool learns(const Work& work) const {
    const LearnWeights& learn = recipe_.learn;
    if (joint() || (learn.bias.on && !work.biases.empty()) ||
        (learn.norm.on && !work.norms.empty()) || learn.learns_grids())
      return true;
    return std::any_of(work.weights.begin(), work.weights.end(),
                       [&](const std::string& p) { return learning_.contains(p); });
  }

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

  UnitLog open_log(const Work& work, const UnitData& data, const LearnRecipe& learn,
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

  UnitLearners make_learners(const LearnWeights& learn, const Work& work, const UnitData& data) {
    std::vector<const QuantisedWeight*> weights;
    std::vector<Tensor> starts;
    const std::vector<Tensor> gradients = gradients_for_selection(work, data);
    for (std::size_t i = 0; i < work.weights.size(); ++i) {
      weights.push_back(&out_.weights.at(work.weights[i]).original);
      starts.push_back(learning_.contains(work.weights[i])
                           ? learn.selection->mask(*weights[i],
                                                   gradients.empty() ? nullptr : &gradients[i],
                                                   rng_.stream("selection").stream(work.weights[i]))
                           : Tensor::full(weights[i]->w.shape(), kNever, weights[i]->w.dtype()));
    }
    UnitLearners out(learn, work, weights, starts, rng_.stream("variables").stream(work.unit.path));
    if (joint()) out.add_steps(recipe_.learn_act, sites_of(work, data), *out_.pass);
    return out;
  }

  /// dL/dW of the unit at round to nearest over the rows of the log, for selections that ask.
  std::vector<Tensor> gradients_for_selection(const Work& work, const UnitData& data) {
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

  bool round_unit(const Work& work, const UnitData& data, const LearnWeights& learn,
                  const char* phase, bool skip) {
    const auto start = std::chrono::steady_clock::now();
    UnitLog log = open_log(work, data, learn, phase);
    double clipped = 0, elements = 0;
    for (const std::string& parameter : work.weights) {
      const QuantisedWeight& weight = out_.weights.at(parameter).original;
      elements += static_cast<double>(weight.w.numel());
      clipped +=
          clipped_share(weight.w, weight.q, weight.grid) * static_cast<double>(weight.w.numel());
    }
    log.clipped = clipped / elements;
    bool ok = true;
    if (learn.solves() && !skip) {
      solve(work, data, learn, log, elements);
    } else if (learn.iters > 0 && !skip) {
      UnitLearners learners = make_learners(learn, work, data);
      const std::vector<Learner*> all = learners.all();
      const LearnerStates untouched = states_of(all);
      if (const auto first = first_pass_.find(log.path); first != first_pass_.end())
        restore_states(all, first->second);
      LoopResult loop = reconstruct(work.unit, data, learn, all, *out_.pass,
                                    rng_.stream(phase).stream(log.path), monitor_);
      ok = finite(loop, log);
      log.iterations = loop.steps;
      log.curve = std::move(loop.curve);
      if (ok) {
        place_all(all, *out_.pass);
        note(work, data, learn, learners.rounding(), log, elements);
      }
      const bool first_pass = &learn != &recipe_.learn;
      if (first_pass) first_pass_.emplace(log.path, states_of(all));
      log.rolled_back = ok && !first_pass && learn.snapshot == Snapshot::rollback &&
                        !(log.loss_hard <= log.loss_rtn);
      if (ok && !first_pass && !log.rolled_back) {
        bake_all(work, learners.rounding());
      } else {
        restore_states(all, untouched);
        place_all(all, *out_.pass);
        restore(work);
      }
      if (log.rolled_back) {
        log.loss_hard = log.loss_rtn;
        log.flips = 0;
      }
    }
    log.seconds = seconds_since(start);
    out_.units.push_back(std::move(log));
    return ok;
  }

  /// The layer's codes from the second moments of its inputs.
  void solve(const Work& work, const UnitData& data, const LearnWeights& learn, UnitLog& log,
             double elements) {
    const std::map<std::string, BakedWeight> nearest = out_.weights;
    for (const std::string& parameter : work.weights) {  // of a layer: one, or rows by their bits
      const BakedWeight& before = nearest.at(parameter);
      Tensor codes = learn.solver->solve(before.original, data.moments->a);
      log.flips += differences(before.codes, codes) / elements;
      bake(parameter, before.original, std::move(codes));
    }
    log.loss_soft = log.loss_hard = unit_loss(work.unit, data, learn, *out_.pass, kLogRows);
    log.rolled_back = learn.snapshot == Snapshot::rollback && !(log.loss_hard <= log.loss_rtn);
    if (!log.rolled_back) return;
    for (const std::string& p : work.weights) bake(p, nearest.at(p).original, nearest.at(p).codes);
    log.loss_hard = log.loss_rtn;
    log.flips = 0;
  }

  /// Logs what the roundings came to; hard weights stand in the pass in the end.
  void note(const Work& work, const UnitData& data, const LearnWeights& learn,
            RoundingLearner& learner, UnitLog& log, double elements) {
    learner.place_soft(*out_.pass);
    log.loss_soft = unit_loss(work.unit, data, learn, *out_.pass, kLogRows);
    log.undecided = learner.undecided();
    learner.place(*out_.pass);
    log.loss_hard = unit_loss(work.unit, data, learn, *out_.pass, kLogRows);
    const std::vector<Tensor> codes = learner.codes();
    double flips = 0;
    for (std::size_t i = 0; i < codes.size(); ++i)
      flips += differences(out_.weights.at(work.weights[i]).codes, codes[i]);
    log.flips = flips / elements;
  }

  void bake_all(const Work& work, const RoundingLearner& learner) {
    const std::vector<Tensor> codes = learner.codes();
    const std::vector<QParams> grids = learner.grids();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const QuantisedWeight original = out_.weights.at(work.weights[i]).original;
      bake(work.weights[i], {original.w, original.grid, grids[i]}, codes[i]);
    }
  }

  /// Back to the codes that are stored, after soft weights stood in the pass.
  void restore(const Work& work) {
    for (const std::string& parameter : work.weights) {
      const BakedWeight baked = out_.weights.at(parameter);
      bake(parameter, baked.original, baked.codes);
    }
  }

  bool step_unit(const Work& work, const UnitData& data) {
    const auto start = std::chrono::steady_clock::now();
    const LearnActs& learn = recipe_.learn_act;
    std::vector<SiteId> sites = sites_of(work, data);
    if (sites.empty()) return true;
    UnitLog log = open_log(work, data, learn, "activations");
    StepLearner learner(learn, std::move(sites), *out_.pass);
    Learner* const learners[] = {&learner};
    const LearnerStates untouched = states_of(learners);
    LoopResult loop = reconstruct(work.unit, data, learn, learners, *out_.pass,
                                  rng_.stream("activations").stream(work.unit.path), monitor_);
    learner.place(*out_.pass);
    log.iterations = loop.steps;
    log.curve = std::move(loop.curve);
    const bool ok = finite(loop, log);
    if (ok) log.loss_soft = log.loss_hard = unit_loss(work.unit, data, learn, *out_.pass, kLogRows);
    log.rolled_back =
        ok && learn.snapshot == Snapshot::rollback && !(log.loss_hard <= log.loss_rtn);
    if (log.rolled_back) {
      restore_states(learners, untouched);
      learner.place(*out_.pass);
      log.loss_hard = log.loss_rtn;
    }
    log.seconds = seconds_since(start);
    out_.units.push_back(std::move(log));
    return ok;
  }

  std::vector<SiteId> sites_of(const Work& work, const UnitData& data) {
    return active_sites(work.unit.run, data.input().rows(0, 1), *out_.pass);
  }

  Quantised& out_;
  const Recipe& recipe_;
  core::Rng rng_;
  core::Monitor& monitor_;
  Walk walk_;
  std::map<std::string, LearnerStates> first_pass_;  // by unit, of two passes
  std::set<std::string> learning_;  // parameters of the layers that the selection takes
};

}  // namespace

Tensor Quantised::logits(const Tensor& images) const {
  return model->forward(Variable(images), *pass).value();
}

Quantised quantise(const nn::Model& model, const Tensor& images, const Recipe& recipe,
                   const core::Rng& rng, core::Monitor& monitor, const core::Scratch& scratch,
                   const Tensor& labels) {
  core::require("quantise", images.shape().rank() == 4 && images.shape()[0] > 0,
                "calibration images must be (N, H, W, C) with N > 0; got {}", images.shape());
  if (recipe.needs_labels()) {
    const auto valid = [&](std::int64_t label) { return label >= 0 && label < model.classes(); };
    core::require("quantise",
                  labels.shape() == core::Shape{images.shape()[0]} &&
                      std::ranges::all_of(labels.data<std::int64_t>(), valid),
                  "this loss learns from labels: every image must have one of {} classes; got "
                  "labels {}, images {}",
                  model.classes(), labels.shape(), images.shape());
  }
  Quantised out;
  out.model = model.clone();
  refuse_misfits(*out.model, recipe);
  refuse_allocation_misfits(*out.model, recipe);
  const std::unique_ptr<nn::Model> unfolded =
      recipe.learn.correct.on && has_batch_norm(*out.model) ? model.clone() : nullptr;
  FoldedNorms norms = norms_to_fold(*out.model);
  fold_batch_norms(*out.model);
  recipe.prepare->apply(*out.model, images, recipe, norms);
  out.map = quantiser_map(*out.model, recipe);
  out.pass = std::make_unique<QuantPass>(recipe.precision);
  if (recipe.allocate.on) {
    out.allocation =
        allocate_bits(*out.model, out.map, images, recipe, rng.stream("allocate"), monitor);
    join_row_parts(out.map, *out.pass);
  }
  Session session(out, recipe, rng, monitor, unfolded.get(), scratch, labels);
  session.round_to_nearest(images);
  const auto set_ranges = [&] {
    init_activation_ranges(*out.model, images, out.map, recipe.act, *out.pass);
    out.pass->quantise_activations(true);
  };
  session.set_steps_on_inputs(images);
  if (session.joint()) set_ranges();
  session.learn_weights(images);
  if (out.status != "ok") return out;
  const bool acts_follow = !out.map.acts.empty() && !session.joint();
  if (acts_follow) set_ranges();
  recipe.repair->apply(out, images, norms, {.monitor = &monitor, .scratch = scratch});
  if (acts_follow) session.learn_steps(images);
  return out;
}

}  // namespace quant
