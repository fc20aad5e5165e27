#include "quant/quantise.h"

#include <algorithm>
#include <chrono>

#include "quant/act_ranges.h"
#include "quant/bn_fold.h"
#include "quant/learn_rounding.h"
#include "quant/learn_steps.h"

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

/// A unit of reconstruction with what is quantised in it.
struct Work {
  Unit unit;
  std::vector<std::string> weights;  // parameter paths, those that are quantised
};

class Session {
 public:
  Session(Quantised& out, const Recipe& recipe, const core::Rng& rng, core::Monitor& monitor)
      : out_(out),
        recipe_(recipe),
        rng_(rng),
        monitor_(monitor),
        float_pass_(recipe.precision),
        stages_(out.model->stages()) {}

  void round_to_nearest() {
    for (const WeightSite& site : out_.map.weights) {
      if (site.grid.off()) continue;
      const Tensor& w = site.module->weight.value;
      const QuantisedWeight weight{w, site.grid, (*recipe_.weight.scale)(w, site.grid)};
      bake(site.parameter, weight, quantise_codes(w, weight.q, site.grid));
    }
  }

  /// One walk along the network.  `visit` works on a unit with its data; it returns false to stop.
  template <class Visit>
  void walk(const LearnRecipe& learn, const Tensor& images, Visit&& visit) {
    Tensor x_float = images, x_quant = images;
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      const nn::Stage& stage = stages_[s];
      StageData data{learn.quantised_input ? x_quant : Tensor(), x_float, Tensor()};
      if (learn.granularity == Granularity::block) {
        data.y_float = run_rows(stage.run, x_float, float_pass_);
        if (!visit(s, block_work(stage), data)) return;
      } else {
        const CapturedRows floats =
            capture_rows(stage.run, x_float, float_pass_, layer_paths(stage));
        for (std::size_t i = 0; i < stage.layers.size(); ++i) {
          const Work work = layer_work(stage.layers[i]);
          StageData own{Tensor(), floats.inputs[i],
                        run_rows(work.unit.run, floats.inputs[i], float_pass_)};
          if (learn.quantised_input) {
            own.x_quant =
                capture_rows(stage.run, x_quant, *out_.pass, {stage.layers[i].path}).inputs[0];
          }
          if (!visit(s, work, own)) return;
        }
        data.y_float = floats.y;
      }
      if (learn.quantised_input && s + 1 < stages_.size())
        x_quant = run_rows(stage.run, x_quant, *out_.pass);
      x_float = data.y_float;
    }
  }

  void learn_weights(const Tensor& images) {
    const LearnWeights& learn = recipe_.learn;
    // nothing is learned: the log's losses need no more than its rows
    const Tensor& used =
        learn.iters > 0 ? images : images.rows(0, std::min(kLogRows, images.shape()[0]));
    walk(learn, used, [&](std::size_t stage, const Work& work, const StageData& data) {
      if (work.weights.empty()) return true;
      return round_unit(work, data, learn.skip_first && stage == 0);
    });
  }

  void learn_steps(const Tensor& images) {
    const LearnActs& learn = recipe_.learn_act;
    if (learn.iters == 0) return;
    walk(learn, images, [&](std::size_t, const Work& work, const StageData& data) {
      return step_unit(work, data);
    });
  }

 private:
  static std::vector<std::string> layer_paths(const nn::Stage& stage) {
    std::vector<std::string> paths;
    for (const nn::LayerUnit& layer : stage.layers) paths.push_back(layer.path);
    return paths;
  }

  void add_weights(Work& work, const nn::Module* module) const {
    for (const WeightSite& site : out_.map.weights) {
      if (site.module == module && !site.grid.off()) work.weights.push_back(site.parameter);
    }
  }

  Work layer_work(const nn::LayerUnit& layer) const {
    Work work{{layer.path, layer.run}, {}};
    add_weights(work, layer.module);
    return work;
  }

  Work block_work(const nn::Stage& stage) const {
    Work work{{stage.path, stage.run}, {}};
    for (const nn::LayerUnit& layer : stage.layers) add_weights(work, layer.module);
    return work;
  }

  void bake(const std::string& parameter, const QuantisedWeight& weight, Tensor codes) {
    out_.pass->set_parameter(parameter, Variable(dequantise(codes, weight.q)));
    out_.weights.insert_or_assign(parameter, BakedWeight{weight, std::move(codes)});
  }

  UnitLog open_log(const Work& work, const StageData& data, const LearnRecipe& learn,
                   const char* phase) {
    UnitLog log{.path = work.unit.path, .phase = phase};
    const Tensor& x = data.input(learn.quantised_input);
    log.cached_bytes = static_cast<std::int64_t>(x.byte_size() + data.y_float.byte_size());
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

  bool round_unit(const Work& work, const StageData& data, bool skip) {
    const auto start = std::chrono::steady_clock::now();
    const LearnWeights& learn = recipe_.learn;
    UnitLog log = open_log(work, data, learn, "weights");
    double clipped = 0, elements = 0;
    std::vector<RoundingLearner::Item> items;
    for (const std::string& parameter : work.weights) {
      const QuantisedWeight& weight = out_.weights.at(parameter).original;
      items.push_back({parameter, &weight});
      elements += static_cast<double>(weight.w.numel());
      clipped +=
          clipped_share(weight.w, weight.q, weight.grid) * static_cast<double>(weight.w.numel());
    }
    log.clipped = clipped / elements;
    bool ok = true;
    if (learn.iters > 0 && !skip) {
      log.iterations = learn.iters;
      RoundingLearner learner(learn, items);
      Learner* const learners[] = {&learner};
      LoopResult loop = reconstruct(work.unit, data, learn, learners, *out_.pass,
                                    rng_.stream("weights").stream(work.unit.path), monitor_);
      ok = finite(loop, log);
      log.curve = std::move(loop.curve);
      if (ok)
        settle(work, data, learner, log, elements);
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
    std::map<std::string, BakedWeight> nearest;
    double flips = 0;
    for (std::size_t i = 0; i < work.weights.size(); ++i) {
      const BakedWeight before = out_.weights.at(work.weights[i]);
      flips += difference_share(before.codes, codes[i]);
      nearest.emplace(work.weights[i], before);
      bake(work.weights[i], before.original, codes[i]);
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
    work.unit.run(Variable(data.x_float.rows(0, 1)), trace);
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
  nn::EvalPass float_pass_;
  std::vector<nn::Stage> stages_;
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
  session.learn_weights(images);
  if (out.status == "ok" && !out.map.acts.empty()) {
    init_activation_ranges(*out.model, images, out.map, recipe.act, *out.pass);
    out.pass->quantise_activations(true);
    session.learn_steps(images);
  }
  return out;
}

}  // namespace quant
