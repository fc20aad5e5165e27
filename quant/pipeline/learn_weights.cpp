#include "quant/pipeline/learn_weights.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "quant/grid/codes.h"
#include "quant/learn/best_values.h"
#include "quant/learn/unit_learners.h"
#include "quant/map/quantiser_map.h"
#include "quant/pass/trace_pass.h"
#include "quant/pipeline/bake.h"
#include "quant/pipeline/unit_report.h"

namespace quant {

using autograd::Variable;
using core::Tensor;

namespace {

using Starts = std::map<std::string, LearnerStates>;  // by unit

/// Parameters of the layers that the selection takes.
std::set<std::string> selected_weights(const Job& job) {
  std::set<std::string> out;
  const std::vector<LayerPlace> places = layer_places(job.out.map);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (job.recipe.learn.selection->takes_layer(places[i]))
      out.insert(job.out.map.weights[i].parameter);
  }
  return out;
}

/// One pass over the units: everything, or the first of two.
struct Phase {
  const Job& job;
  const LearnWeights& learn;
  const char* name;
  const std::set<std::string>& selected;
  const Starts& starts;    // of units that go on from an earlier pass
  Starts* ends = nullptr;  // where a first pass leaves what it learned; it bakes nothing
};

/// dL/dW of the unit at round to nearest over the rows of the log, for selections that ask.
std::vector<Tensor> gradients_for_selection(const Phase& phase, const Objective& objective) {
  if (!phase.learn.selection->needs_gradient()) return {};
  Quantised& out = phase.job.out;
  std::vector<Variable> wrt;
  for (const std::string& parameter : objective.unit.weights) {
    const BakedWeight& baked = out.weights.at(parameter);
    wrt.emplace_back(dequantise(baked.codes, baked.original.q, baked.original.grid), true);
    out.pass->set_parameter(parameter, wrt.back());
  }
  std::vector<Tensor> gradients = objective.gradients(kLogRows, wrt);
  bake_again(out, objective.unit.weights);
  return gradients;
}

UnitLearners make_learners(const Phase& phase, const Objective& objective) {
  const Job& job = phase.job;
  const Unit& unit = objective.unit;
  std::vector<const QuantisedWeight*> weights;
  std::vector<Tensor> masks;
  const std::vector<Tensor> gradients = gradients_for_selection(phase, objective);
  for (std::size_t i = 0; i < unit.weights.size(); ++i) {
    const QuantisedWeight& weight = job.out.weights.at(unit.weights[i]).original;
    weights.push_back(&weight);
    masks.push_back(
        phase.selected.contains(unit.weights[i])
            ? phase.learn.selection->mask(weight, gradients.empty() ? nullptr : &gradients[i],
                                          job.rng.stream("selection").stream(unit.weights[i]))
            : Tensor::full(weight.w.shape(), kNever, weight.w.dtype()));
  }
  UnitLearners out(phase.learn, unit, weights, masks,
                   job.rng.stream("variables").stream(unit.path));
  if (job.joint())
    out.add_steps(job.recipe.learn_act,
                  active_sites(unit.run, objective.data.input().rows(0, 1), *job.out.pass),
                  *job.out.pass);
  return out;
}

void bake_roundings(Quantised& out, const Unit& unit, const RoundingLearner& learner) {
  const std::vector<Tensor> codes = learner.codes();
  const std::vector<QParams> grids = learner.grids();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const QuantisedWeight original = out.weights.at(unit.weights[i]).original;
    bake(out, unit.weights[i], {original.w, original.grid, grids[i]}, codes[i]);
  }
}

/// Steps; false where they diverge.
bool descend(const Phase& phase, const Objective& objective, UnitLog& log) {
  const Job& job = phase.job;
  UnitLearners learners = make_learners(phase, objective);
  const std::vector<Learner*> all = learners.all();
  const LearnerStates untouched = states_of(all);
  if (const auto start = phase.starts.find(log.path); start != phase.starts.end())
    restore_states(all, start->second);
  const core::Rng rng = job.rng.stream(phase.name).stream(log.path);
  const bool ok = note_loop(log, reconstruct(objective, all, rng, job.monitor), job.out);
  if (ok) {
    place_all(all, *job.out.pass);
    note_roundings(log, job.out, objective, learners.rounding());
  }
  if (phase.ends) phase.ends->emplace(log.path, states_of(all));
  const bool back = ok && !phase.ends && rolls_back(log, phase.learn);
  if (ok && !phase.ends && !back) {
    bake_roundings(job.out, objective.unit, learners.rounding());
    return true;
  }
  restore_states(all, untouched);
  place_all(all, *job.out.pass);
  bake_again(job.out, objective.unit.weights);
  if (back) note_rollback(log);
  return ok;
}

/// The layer's codes from the second moments of its inputs.
void solve(const Phase& phase, const Objective& objective, UnitLog& log) {
  Quantised& out = phase.job.out;
  const std::vector<std::string>& parameters = objective.unit.weights;  // rows by their bits
  const std::map<std::string, BakedWeight> nearest = out.weights;
  std::vector<Tensor> codes;
  for (const std::string& parameter : parameters)
    codes.push_back(
        phase.learn.solver->solve(nearest.at(parameter).original, objective.data.moments->a));
  log.flips = flipped_share(out, objective.unit, codes);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    bake(out, parameters[i], nearest.at(parameters[i]).original, codes[i]);
  log.loss_soft = log.loss_hard = objective.loss(kLogRows);
  if (!rolls_back(log, phase.learn)) return;
  for (const std::string& p : parameters) bake(out, p, nearest.at(p).original, nearest.at(p).codes);
  note_rollback(log);
}

/// Something in the unit learns beside weights that no selection takes.
bool learns(const Phase& phase, const Unit& unit) {
  const LearnWeights& learn = phase.learn;
  if (phase.job.joint() || (learn.bias.on && !unit.biases.empty()) ||
      (learn.norm.on && !unit.norms.empty()) || learn.learns_grids())
    return true;
  return std::ranges::any_of(unit.weights,
                             [&](const std::string& p) { return phase.selected.contains(p); });
}

bool work_on(const Phase& phase, std::size_t stage, const Objective& objective) {
  const auto start = std::chrono::steady_clock::now();
  Quantised& out = phase.job.out;
  UnitLog log = open_log(objective, phase.name);
  log.clipped = clipped_share(out, objective.unit);
  bool ok = true;
  if ((phase.learn.skip_first && stage == 0) || !learns(phase, objective.unit)) {
    // round to nearest stays
  } else if (phase.learn.solves()) {
    solve(phase, objective, log);
  } else if (phase.learn.iters > 0) {
    ok = descend(phase, objective, log);
  }
  log.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  out.units.push_back(std::move(log));
  return ok;
}

void run(const Phase& phase, const Tensor& images) {
  WalkPlan plan = plan_of(phase.learn);
  plan.reverse = phase.learn.order == Order::reverse;
  phase.job.walk().along(
      plan, images, [&](std::size_t stage, const Unit& unit, const UnitData& data) {
        return unit.weights.empty() ||
               work_on(phase, stage, {unit, data, phase.learn, *phase.job.out.pass});
      });
}

}  // namespace

void learn_weights(const Job& job, const Tensor& images) {
  const LearnWeights& learn = job.recipe.learn;
  // nothing is learned: the log's losses need no more than its rows
  const Tensor& used =
      learn.works() ? images : images.rows(0, std::min(kLogRows, images.shape()[0]));
  const std::set<std::string> selected = selected_weights(job);
  Starts first;
  if (learn.first_pass && learn.iters > 0)
    run({job, *learn.first_pass, "first pass", selected, {}, &first}, used);
  if (job.out.status == "ok") run({job, learn, "weights", selected, first}, used);
}

}  // namespace quant
