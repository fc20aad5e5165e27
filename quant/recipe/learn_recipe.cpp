#include "quant/recipe/learn_recipe.h"

#include "quant/recipe/strategy.h"

namespace quant {
namespace {

/// The optimizer under `optimizer`; `lr` is the default of Adam, others start from their own.
std::function<std::unique_ptr<nn::Optimizer>()> read_optimizer(core::Params& params, double lr) {
  core::Params optimizer = params.child("optimizer", "how the learned tensors move");
  const std::string name =
      optimizer.get<std::string>("name", "adam",
                                 {.doc = "how the learned tensors move",
                                  .source = "AIMET, BRECQ",
                                  .one_of = core::Registry<nn::Optimizer>::names()});
  if (name == "adam") {
    optimizer.get<double>("lr", lr,
                          {.doc = "learning rate",
                           .source = "AIMET, BRECQ: 1e-3 (rounding), 4e-4 (activation steps)",
                           .min = 0});
  }
  std::function<std::unique_ptr<nn::Optimizer>()> make = [optimizer]() mutable {
    return core::Registry<nn::Optimizer>::create(optimizer);
  };
  make();  // reads, documents and checks the keys now
  return make;
}

/// A degree of freedom beside the rounding: off unless `on` says otherwise.
LearnGroup read_group(core::Params params, double lr) {
  LearnGroup out;
  out.on = params.get<bool>("on", false, {.doc = "whether these are learned too"});
  out.optimizer = read_optimizer(params, lr);
  out.schedule = strategy<nn::Schedule>(params, "schedule", "constant",
                                        "learning rate over the steps of a unit", "ours");
  return out;
}

void read_common(core::Params& params, LearnRecipe& out, const char* granularity, const char* input,
                 const char* loss, double lr, const char* schedule) {
  out.granularity = granularity_named(
      params.get<std::string>("granularity", granularity,
                              {.doc = "what is reconstructed at a time",
                               .source = "AdaRound: layer; BRECQ: block",
                               .one_of = {"layer", "block", "two_blocks", "stage", "network"}}));
  out.input = strategy<Input>(params, "input", input, "what a unit sees as its input",
                              "AdaRound, BRECQ (weights): quant; BRECQ (activations): fp");
  core::Params augment = params.child("augment", "how the input of a unit is disturbed");
  const std::string disturbance = augment.get<std::string>(
      "name", "none",
      {.doc = "how the input of a unit is disturbed", .one_of = core::Registry<Augment>::names()});
  out.augment = core::Registry<Augment>::create(disturbance, augment);
  if (out.augment->active() || params.is_describing()) {
    out.keep_target = augment.get<std::string>(
                          "target", "recompute",
                          {.doc = "target of a disturbed input: the float unit on it, or kept",
                           .one_of = {"recompute", "keep"}}) == "keep";
  }
  out.keep = params.get<double>(
      "keep", out.keep,
      {.doc = "share of elements that activation quantisers treat while learning",
       .source = "QDrop code: 0.5 (drop_prob there is this share)",
       .min = 0,
       .max = 1});
  out.iters = params.get<std::int64_t>(
      "iters", out.iters, {.doc = "steps per unit; 0 = nothing is learned", .min = 0, .max = 1e9});
  out.batch = params.get<std::int64_t>(
      "batch", out.batch,
      {.doc = "samples per step", .source = "AIMET, BRECQ, QDrop", .min = 1, .max = 65536});
  out.replacement = params.get<bool>(
      "replacement", out.replacement,
      {.doc = "a batch may hold a sample twice", .source = "BRECQ: false; QDrop: true"});
  out.loss =
      strategy<Loss>(params, "loss", loss, "distance to the float output", "AdaRound, BRECQ");
  if (out.granularity == Granularity::layer && out.loss->needs().rest())
    params.fail("loss",
                "looks at the output of the network behind a unit, which a single layer inside a "
                "block does not have: it needs granularity block or wider");
  if (out.loss->needs().layers && out.granularity != Granularity::network)
    params.fail("loss", "compares the layers of the whole network: it needs granularity network");
  if (out.loss->needs().layers && out.keep_target)
    params.fail("augment",
                "this loss runs the float network on the disturbed images: it needs "
                "target recompute");
  out.optimizer = read_optimizer(params, lr);
  out.schedule = strategy<nn::Schedule>(params, "schedule", schedule,
                                        "learning rate over the steps of a unit", "BRECQ");
  const std::string snapshot = params.get<std::string>(
      "snapshot", "last",
      {.doc = "values that a unit keeps; last: the final ones; rollback: those before learning "
              "where the hard loss got worse; best: those of the lowest hard loss on at most 256 "
              "calibration images, measured every snapshot_every steps; best_batch: those of the "
              "step with the lowest loss on its batch",
       .source = "AIMET, BRECQ: last; PPQ: rollback; AutoRound: best_batch",
       .one_of = {"last", "rollback", "best", "best_batch"}});
  if (snapshot == "rollback") out.snapshot = Snapshot::rollback;
  if (snapshot == "best") out.snapshot = Snapshot::best;
  if (snapshot == "best_batch") out.snapshot = Snapshot::best_batch;
  out.snapshot_every = params.get<std::int64_t>(
      "snapshot_every", out.snapshot_every,
      {.doc = "steps between the measurements of snapshot best, a forward each", .min = 1});
}

/// The first of two passes: the same, but on float inputs and with roundings left open.  A
/// regulariser would decide them before they have seen the inputs of the second pass, and a decided
/// rounding has no gradient.
std::unique_ptr<LearnWeights> first_pass_of(const core::Params& params) {
  core::Value tree = params.resolved();
  tree.set_path("order", "parallel");
  tree.set_path("snapshot", "last");
  for (const auto& [key, name] : {std::pair{"input", "fp"}, {"regulariser", "none"}}) {
    core::Value own{core::Value::Map{}};
    own.set_path("name", name);
    tree.set_path(key, std::move(own));
  }
  return std::make_unique<LearnWeights>(read_learn(core::Params(std::move(tree), params.path())));
}

/// What changes the inputs and the quantisers of the steps, beside `keep`.
void read_disturbed(core::Params& params, LearnWeights& out) {
  out.gradual = params.get<bool>(
      "gradual", false,
      {.doc = "activation quantisers fade in: (1 - q) x + q Q(x), q from 0 to 1 over the steps",
       .source = "MCT: true"});
  if (out.gradual && out.keep != 1)
    params.fail("gradual", "activations fade in or are left out at random (keep), not both");
  out.correct = BnCorrection::read(
      params.child("correct", "float inputs made to fit the statistics of batch normalisation"));
  if (!out.correct.on) return;
  if (out.granularity == Granularity::layer || out.granularity == Granularity::network)
    params.fail("correct",
                "corrects the inputs of blocks: it needs granularity block, two_blocks or stage");
  if (out.input->target_of_quantised())
    params.fail("correct",
                "this input and its target come from the quantised network alone; the "
                "float input, which is corrected, is not used");
}

/// How steps see the samples.
void read_engine(core::Params& params, LearnWeights& out) {
  out.gram =
      params.get<std::string>(
          "engine", "sampled",
          {.doc = "sampled: a step runs the unit on `batch` samples; gram: a step sees the second "
                  "moments of all samples, gathered once (layers with loss l2, without the "
                  "activation function behind them; batch and replacement change nothing)",
           .source = "AdaRound, eq. 20",
           .one_of = {"sampled", "gram"}}) == "gram";
  if (!out.gram) return;
  if (out.granularity != Granularity::layer)
    params.fail("engine", "second moments describe a single layer: gram needs granularity layer");
  if (*params.resolved().find_path("loss.name")->as_string() != "l2")
    params.fail("engine", "second moments give the squared error alone: gram needs loss l2");
  if (out.augment->active() || (out.input->wants_quantised() && out.input->wants_float()))
    params.fail("engine",
                "gram gathers the inputs once: it goes without augment and without an input that "
                "is mixed anew in every step");
  if (out.bias.on) params.fail("engine", "gram has no means of the inputs to learn biases from");
}

/// Roundings without steps, from second moments of the inputs of a layer.
void read_solver(core::Params& params, LearnWeights& out) {
  out.solver = strategy<Solver>(
      params, "solver", "descent",
      "how roundings are found: in steps, or for a layer at once (granularity layer and iters 0; "
      "loss is then that of the log alone, and what else says how steps go changes nothing)",
      "AdaRound: descent");
  if (!out.solves()) return;
  const auto refuse = [&](bool wrong, const std::string& why) {
    if (wrong) params.fail("solver", why);
  };
  refuse(out.granularity != Granularity::layer,
         "second moments describe a single layer: it needs granularity layer");
  refuse(out.iters != 0, "takes no steps: it needs iters 0, or left out with its method");
  refuse(out.gram, "gathers the second moments itself: it needs engine sampled");
  refuse(out.augment->active(), "gathers the inputs once: it goes without augment");
  refuse(out.input->wants_quantised() && out.input->wants_float(),
         "gathers the inputs once: it needs an input that is not mixed anew in every step");
  refuse(out.order == Order::two_passes, "has no roundings to leave open: it needs one pass");
  refuse(out.bias.on || out.norm.on || out.learns_grids(),
         "finds roundings alone: bias, norm, w_scale, w_zero, exponent and w_range must be off");
  refuse(*params.resolved().find_path("selection.name")->as_string() != "all",
         "rounds every weight of a layer: it needs selection all");
  refuse(out.correct.on || out.gradual || out.keep != 1,
         "sees layers as they are: it goes without correct, gradual and keep");
  refuse(out.snapshot == Snapshot::best || out.snapshot == Snapshot::best_batch,
         "has one result: it needs snapshot last or rollback");
  refuse(out.patience != 0, "takes no steps: it goes without patience");
}

}  // namespace

LearnWeights read_learn(core::Params params) {
  LearnWeights out;
  read_common(params, out, "block", "quant", "l2", 1e-3, "constant");
  read_disturbed(params, out);
  const std::string order = params.get<std::string>(
      "order", "forward",
      {.doc =
           "the order in which units learn; parallel: each by itself on float "
           "inputs; two_passes: parallel without regulariser, then forward from what was learned "
           "(iters steps each)",
       .source = "AdaRound, BRECQ: forward; AdaQuant: parallel",
       .one_of = {"forward", "reverse", "parallel", "two_passes"}});
  if (order == "reverse") out.order = Order::reverse;
  if (order == "parallel") out.order = Order::parallel;
  if (out.order == Order::parallel && out.input->wants_quantised())
    params.fail("order", "parallel units have no quantised prefix: it needs input fp");
  if (order == "two_passes") out.order = Order::two_passes;
  if (out.order == Order::two_passes && !out.input->wants_quantised())
    params.fail("order", "the second of two passes would repeat the first on input fp");
  out.variable = strategy<RoundingVariable>(params, "variable", "rect_sigmoid",
                                            "what stands for the rounding", "AdaRound");
  out.regulariser =
      strategy<Regulariser>(params, "regulariser", out.variable->has_h() ? "adaround" : "none",
                            "what drives roundings to a decision", "AdaRound");
  const std::string misfit = check_regulariser(*out.variable, *out.regulariser);
  if (!misfit.empty()) params.fail("regulariser", misfit);
  out.selection = strategy<Selection>(params, "selection", "all",
                                      "which weights learn; the others stay at nearest", "ours");
  out.bias = read_group(params.child("bias", "biases, learned beside the roundings"), 1e-3);
  out.norm = read_group(params.child("norm", "scale and shift of layer norms, likewise"), 1e-3);
  if (out.norm.on && out.granularity == Granularity::layer)
    params.fail("norm", "layer norms stand between layers: it needs granularity block or wider");
  out.w_scale =
      read_group(params.child("w_scale", "steps of the weight quantisers, likewise"), 1e-4);
  out.w_zero =
      read_group(params.child("w_zero", "zero points of the weight quantisers, likewise"), 1e-3);
  core::Params exponent =
      params.child("exponent", "exponents of power grids, one a layer, likewise");
  out.exponent = read_group(exponent, 1e-4);
  out.exponent.clip = exponent.get<double>(
      "clip", 0.0, {.doc = "largest size of a gradient of an exponent; 0 = any", .min = 0});
  if (params.has("codebook") || params.is_describing())
    out.codebook = read_group(
        params.child("codebook", "levels of k-means codebooks, in steps of the weight, likewise"),
        1e-3);
  out.w_range = read_group(
      params.child("w_range",
                   "factors in [0, 1] on the ends of the range of each weight quantiser, likewise; "
                   "steps and zero points follow (AutoRound)"),
      1e-3);
  if (out.w_range.on && (out.w_scale.on || out.w_zero.on || out.exponent.on || out.codebook.on))
    params.fail("w_range",
                "gives the grids itself: it goes without w_scale, w_zero, exponent and codebook");
  read_engine(params, out);
  out.patience = params.get<std::int64_t>(
      "patience", out.patience,
      {.doc = "a unit stops once no weight's code has changed for this many steps, seen every 25 "
              "steps (the regulariser's annealing is cut short then); 0 = never",
       .min = 0});
  out.skip_first = params.get<bool>(
      "skip_first", false,
      {.doc = "the first stage keeps round to nearest", .source = "BRECQ code: true"});
  if (out.snapshot == Snapshot::best_batch && out.variable->has_h())
    params.fail("snapshot",
                "best_batch looks at the roundings of the loop, which this variable leaves open "
                "until the end: take best");
  out.fused = params.get<bool>(
      "fused", true,
      {.doc = "one-pass rounding kernel where the strategies allow it; false runs the definition"});
  read_solver(params, out);
  if (out.order == Order::two_passes) out.first_pass = first_pass_of(params);
  return out;
}

LearnActs read_learn_act(core::Params params) {
  LearnActs out;
  read_common(params, out, "block", "fp", "lp", 4e-4, "cosine");
  out.joint = params.get<bool>(
      "joint", false,
      {.doc = "learn the steps together with the weights, in their loop and with their loss; "
              "only optimizer, schedule and a_zero are own",
       .source = "QDrop: true; BRECQ: false"});
  out.scale_gradient =
      params.get<bool>("scale_gradient", false,
                       {.doc = "scale the gradient of a step by 1/sqrt(N qmax); cancels with Adam",
                        .source = "LSQ: true; BRECQ: false"});
  out.a_zero = read_group(
      params.child("a_zero", "zero points of the activation quantisers, in codes, likewise (LSQ+)"),
      1e-2);
  return out;
}

}  // namespace quant
