#include "quant/recipe.h"

namespace quant {
namespace {

/// The strategy under `key`, by its `name`, with a default name.
template <class T>
std::unique_ptr<T> strategy(core::Params& params, std::string_view key, const std::string& fallback,
                            const std::string& doc, const std::string& source) {
  core::Params own = params.child(key, doc);
  const std::string name = own.get<std::string>(
      "name", fallback, {.doc = doc, .source = source, .one_of = core::Registry<T>::names()});
  return core::Registry<T>::create(name, own);
}

WeightRecipe read_weight(core::Params params) {
  WeightRecipe out;
  Grid& grid = out.grid;
  grid.bits = read_bits(params, "bits", 4, "bits of the weights");
  grid.symmetric = params.get<bool>(
      "symmetric", false,
      {.doc = "codes around zero without a zero point", .source = "BRECQ, QDrop: false"});
  grid.narrow = params.get<bool>(
      "narrow", false, {.doc = "drop the lowest code of a symmetric grid", .source = "ours"});
  if (grid.narrow && !grid.symmetric) params.fail("narrow", "a narrow grid must be symmetric");
  grid.per_channel = params.get<bool>(
      "per_channel", true,
      {.doc = "one step per output channel instead of one per tensor", .source = "BRECQ, QDrop"});
  out.scale = strategy<ScaleInit>(params, "scale", "l2p4", "how ranges are chosen", "BRECQ");
  return out;
}

ActRecipe read_act(core::Params params) {
  ActRecipe out;
  out.grid.bits = read_bits(params, "bits", kBitsOff, "bits of the activations");
  out.grid.symmetric = params.get<bool>(
      "symmetric", false,
      {.doc = "codes around zero without a zero point", .source = "BRECQ, QDrop: false"});
  out.grid.per_channel = false;
  out.scale = strategy<ScaleInit>(params, "scale", "l2p4", "how ranges are chosen", "BRECQ");
  out.init_images =
      params.get<std::int64_t>("init_images", out.init_images,
                               {.doc = "calibration images that set the ranges, in one batch",
                                .source = "QDrop: 256; BRECQ: 64",
                                .min = 1});
  const std::string init = params.get<std::string>(
      "init", "fp",
      {.doc =
           "network that sets the ranges: float, or with quantised weights and active quantisers",
       .source = "QDrop: fp; BRECQ: quant",
       .one_of = {"fp", "quant"}});
  out.init_quantised = init == "quant";
  out.init_samples =
      params.get<std::int64_t>("init_samples", out.init_samples,
                               {.doc = "values of a site that a range search sees (0 = all); the "
                                       "extremes are always among them",
                                .min = 0});
  return out;
}

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
  out.input = strategy<UnitInput>(params, "input", input, "what a unit sees as its input",
                                  "AdaRound, BRECQ (weights): quant; BRECQ (activations): fp");
  core::Params augment = params.child("augment", "how the input of a unit is disturbed");
  const std::string disturbance =
      augment.get<std::string>("name", "none",
                               {.doc = "how the input of a unit is disturbed",
                                .one_of = core::Registry<FeatureAugment>::names()});
  out.augment = core::Registry<FeatureAugment>::create(disturbance, augment);
  if (out.augment->active()) {
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
  out.optimizer = read_optimizer(params, lr);
  out.schedule = strategy<nn::Schedule>(params, "schedule", schedule,
                                        "learning rate over the steps of a unit", "BRECQ");
}

LearnWeights read_learn(core::Params params) {
  LearnWeights out;
  read_common(params, out, "block", "quant", "l2", 1e-3, "constant");
  const std::string order = params.get<std::string>(
      "order", "forward",
      {.doc = "the order in which units learn; parallel: each by itself on float "
              "inputs",
       .source = "AdaRound, BRECQ: forward; AdaQuant: parallel",
       .one_of = {"forward", "reverse", "parallel"}});
  if (order == "reverse") out.order = Order::reverse;
  if (order == "parallel") out.order = Order::parallel;
  if (out.order == Order::parallel && out.input->wants_quantised())
    params.fail("order", "parallel units have no quantised prefix: it needs input fp");
  out.variable = strategy<Learned>(params, "variable", "rect_sigmoid",
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
  out.w_scale =
      read_group(params.child("w_scale", "steps of the weight quantisers, likewise"), 1e-4);
  out.w_zero =
      read_group(params.child("w_zero", "zero points of the weight quantisers, likewise"), 1e-3);
  out.skip_first = params.get<bool>(
      "skip_first", false,
      {.doc = "the first stage keeps round to nearest", .source = "BRECQ code: true"});
  const std::string snapshot =
      params.get<std::string>("snapshot", "last",
                              {.doc = "last: the final codes; rollback: round to nearest where the "
                                      "hard loss of a unit got worse",
                               .source = "AIMET, BRECQ: last; PPQ: rollback",
                               .one_of = {"last", "rollback"}});
  out.rollback = snapshot == "rollback";
  out.fused = params.get<bool>(
      "fused", true,
      {.doc = "one-pass rounding kernel where the strategies allow it; false runs the definition"});
  return out;
}

LearnActs read_learn_act(core::Params params) {
  LearnActs out;
  read_common(params, out, "block", "fp", "lp", 4e-4, "cosine");
  out.joint = params.get<bool>(
      "joint", false,
      {.doc = "learn the steps together with the weights, in their loop and with their loss; "
              "only optimizer and schedule are own",
       .source = "QDrop: true; BRECQ: false"});
  out.scale_gradient =
      params.get<bool>("scale_gradient", false,
                       {.doc = "scale the gradient of a step by 1/sqrt(N qmax); cancels with Adam",
                        .source = "LSQ: true; BRECQ: false"});
  return out;
}

}  // namespace

EdgeBits edge_bits(std::string_view policy) {
  if (policy == "brecq")
    return {.first_weight = 8, .first_output = 8, .last_weight = 8, .last_input = {}};
  if (policy == "qdrop")
    return {.first_weight = 8, .first_output = {}, .last_weight = 8, .last_input = 8};
  if (policy == "all_8")
    return {.first_weight = 8, .first_output = 8, .last_weight = 8, .last_input = 8};
  if (policy == "same") return {};
  if (policy == "fp")
    return {.first_weight = kBitsOff,
            .first_output = {},
            .last_weight = kBitsOff,
            .last_input = kBitsOff};
  throw core::InputError(
      fmt::format("first_last: unknown policy '{}'{}", policy,
                  core::known_hint(policy, {"brecq", "qdrop", "all_8", "same", "fp"})));
}

Recipe::Recipe(core::Params& params) {
  precision = core::precision_named(
      params.get<std::string>("precision", "f32",
                              {.doc = "operands of convolutions and matrix products; sums are f32",
                               .one_of = {"f32", "bf16"}}));
  core::Params quant = params.child("quant", "what is quantised, and on which grid");
  weight = read_weight(quant.child("weight", "the weight quantisers"));
  act = read_act(quant.child("act", "the activation quantisers"));
  first_last = quant.get<std::string>("first_last", first_last,
                                      {.doc = "bits of the first and last layer",
                                       .source = "BRECQ code, QDrop code",
                                       .one_of = {"brecq", "qdrop", "all_8", "same", "fp"}});
  map = quant.get<std::string>(
      "map", map,
      {.doc = "activation quantisers sit on outputs of activation functions or on inputs of "
              "layers and products; auto: inputs for transformers, else outputs",
       .source = "BRECQ, QDrop: outputs; PTQ4ViT, RepQ: inputs",
       .one_of = {"auto", "outputs", "inputs"}});
  learn = read_learn(params.child("learn", "how roundings are learned"));
  learn_act = read_learn_act(
      params.child("learn_act", "how activation steps are learned, after the weights"));
}

CalibrationRecipe::CalibrationRecipe(core::Params& params) {
  core::Params own = params.child("calibration", "images that the quantiser learns from");
  count = own.get<std::int64_t>(
      "count", count, {.doc = "number of images", .source = "BRECQ, QDrop", .min = 1, .max = 1e7});
  source = strategy<CalibrationSource>(own, "source", "train", "where the images come from",
                                       "BRECQ, QDrop: train_augmented; PTQ4ViT: train");
  const std::string name =
      own.get<std::string>("name", "random",
                           {.doc = "how they are chosen",
                            .source = "BRECQ, QDrop",
                            .one_of = core::Registry<CalibrationSet>::names()});
  set = core::Registry<CalibrationSet>::create(name, own);
  const data::Split usual = source->split().value_or(split);
  split = data::split_named(
      own.get<std::string>("split", std::string(data::name_of(usual)),
                           {.doc = "where they are taken from; test leaks into the result",
                            .source = "BRECQ, QDrop",
                            .one_of = {"train", "val", "test"}}));
  if (source->split() && split != usual)
    own.fail("split", fmt::format("this source takes split {}", data::name_of(usual)));
  if (!source->selects() && (name != "random" || split != usual))
    own.fail("source", "makes its images; there is nothing for `name` and `split` to choose from");
}

Needs CalibrationRecipe::needs() const {
  return source->selects() ? source->needs() | set->needs() : source->needs();
}

void CalibrationRecipe::check(const data::Dataset& dataset, const ModelView* view) const {
  source->check(*set, {.dataset = dataset, .split = split, .count = count, .view = view});
}

Calibration CalibrationRecipe::draw(const data::Dataset& dataset, core::Rng rng,
                                    const ModelView* view, core::Monitor* monitor) const {
  return draw_calibration(
      *source, *set,
      {.dataset = dataset, .split = split, .count = count, .view = view, .monitor = monitor}, rng);
}

}  // namespace quant
