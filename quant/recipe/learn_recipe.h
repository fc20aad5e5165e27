// LearnWeights and LearnActs: how roundings and activation steps are learned, built once from the
// keys `learn` and `learn_act`.
//
// Every key is read here or by the strategy that it configures.  Optimizers are stateful, so a
// recipe holds factories.
#pragma once

#include <functional>
#include <memory>

#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "quant/augment/augment.h"
#include "quant/input/input.h"
#include "quant/loss/loss.h"
#include "quant/network/granularity.h"
#include "quant/recipe/bn_correction.h"
#include "quant/regulariser/regulariser.h"
#include "quant/selection/selection.h"
#include "quant/solver/solver.h"
#include "quant/variable/rounding_variable.h"

namespace quant {

/// The order in which units learn.
enum class Order {
  forward,
  reverse,    // from the head to the stem; the prefix of a unit is rounded to nearest
  parallel,   // every unit by itself, on float inputs
  two_passes  // parallel first, roundings open; then forward, going on from what was learned
};

/// Which values a unit keeps in the end.
enum class Snapshot {
  last,
  rollback,   // the last, or those before learning where the hard loss got worse
  best,       // of the lowest hard loss among regular measurements
  best_batch  // of the step with the lowest loss on its batch
};

/// A group of tensors with an optimizer of its own.
struct LearnGroup {
  bool on = false;
  std::function<std::unique_ptr<nn::Optimizer>()> optimizer;
  std::unique_ptr<nn::Schedule> schedule;
  double clip = 0;  // largest size of a gradient; 0: any
};

struct LearnRecipe {
  Granularity granularity = Granularity::block;
  std::unique_ptr<Input> input;
  std::unique_ptr<Augment> augment;
  bool keep_target = false;  // targets of disturbed inputs stay those of the undisturbed ones
  double keep = 1.0;         // share of elements that activation quantisers treat while learning
  bool gradual = false;      // activation quantisers fade in over the steps
  BnCorrection correct;      // of the float inputs
  std::int64_t iters = 0, batch = 32;
  std::int64_t patience = 0;  // steps without a change of codes after which a unit stops; 0: never
  bool replacement = false;   // a batch may hold a sample twice
  bool gram = false;          // steps see second moments of all samples instead of a batch
  std::unique_ptr<Solver> solver;  // of roundings; null: descent
  std::unique_ptr<Loss> loss;
  std::function<std::unique_ptr<nn::Optimizer>()> optimizer;
  std::unique_ptr<nn::Schedule> schedule;
  Snapshot snapshot = Snapshot::last;
  std::int64_t snapshot_every = 100;  // steps between the measurements of `best`

  /// The target is the float unit on the input of the step, not the stored one.
  bool recomputes_target() const { return augment->active() && !keep_target; }
  /// Roundings come from second moments in one go, without steps.
  bool solves() const { return solver && !solver->descends(); }
  /// Units need the data of all samples.
  bool works() const { return iters > 0 || solves(); }
  /// Which of the two inputs must be kept.
  bool wants_quantised() const { return input->wants_quantised(); }
  bool wants_float() const {
    return input->wants_float() || (recomputes_target() && !input->target_of_quantised());
  }
};

/// What is learned about weights.
struct LearnWeights : LearnRecipe {
  Order order = Order::forward;
  std::unique_ptr<RoundingVariable> variable;
  std::unique_ptr<Regulariser> regulariser;
  std::unique_ptr<Selection> selection;
  LearnGroup bias, norm, w_scale, w_zero, exponent;  // degrees of freedom beside the rounding
  LearnGroup codebook;                               // the levels of codebooks, likewise
  LearnGroup w_range;                                // multipliers of the ends of a weight's range
  bool skip_first = false;                           // the first stage keeps round to nearest
  bool fused = true;  // the one-pass kernel of the variable, where it offers one
  std::unique_ptr<LearnWeights> first_pass;  // of two passes

  /// Something of the quantisers themselves is learned.
  bool learns_grids() const {
    return w_scale.on || w_zero.on || exponent.on || codebook.on || w_range.on;
  }
};

/// What is learned about activation steps.
struct LearnActs : LearnRecipe {
  bool joint = false;  // together with the weights, in their loop, instead of after them
  bool scale_gradient = false;
  LearnGroup a_zero;  // zero points too (LSQ+)
};

/// throws: ConfigError.
LearnWeights read_learn(core::Params params);
LearnActs read_learn_act(core::Params params);

}  // namespace quant
