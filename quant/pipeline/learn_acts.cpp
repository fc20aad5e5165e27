#include "quant/pipeline/learn_acts.h"

#include <chrono>

#include "quant/learn/best_values.h"
#include "quant/learn/step_learner.h"
#include "quant/pass/trace_pass.h"
#include "quant/pipeline/unit_report.h"

namespace quant {
namespace {

bool work_on(const Job& job, const Objective& objective) {
  const auto start = std::chrono::steady_clock::now();
  QuantPass& pass = objective.pass;
  std::vector<SiteId> sites =
      active_sites(objective.unit.run, objective.data.input().rows(0, 1), pass);
  if (sites.empty()) return true;
  UnitLog log = open_log(objective, "activations");
  StepLearner learner(job.recipe.learn_act, std::move(sites), pass);
  Learner* const learners[] = {&learner};
  const LearnerStates untouched = states_of(learners);
  const core::Rng rng = job.rng.stream("activations").stream(log.path);
  const bool ok = note_loop(log, reconstruct(objective, learners, rng, job.monitor), job.out);
  learner.place(pass);
  if (ok) log.loss_soft = log.loss_hard = objective.loss(kLogRows);
  if (ok && rolls_back(log, objective.recipe)) {
    restore_states(learners, untouched);
    learner.place(pass);
    note_rollback(log);
  }
  log.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  job.out.units.push_back(std::move(log));
  return ok;
}

}  // namespace

void learn_acts(const Job& job, const core::Tensor& images) {
  const LearnActs& learn = job.recipe.learn_act;
  if (learn.iters == 0 || job.joint()) return;
  job.walk().along(plan_of(learn), images,
                   [&](std::size_t, const Unit& unit, const UnitData& data) {
                     return work_on(job, {unit, data, learn, *job.out.pass});
                   });
}

}  // namespace quant
