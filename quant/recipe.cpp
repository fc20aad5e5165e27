#include "quant/recipe.h"

#include <algorithm>

#include "quant/act_grid/act_grid.h"
#include "quant/strategy.h"

namespace quant {
namespace {

void read_groups(core::Params& params, WeightRecipe& out) {
  out.grid.group = params.get<int>(
      "group", 0,
      {.doc = "consecutive weights of an output channel that share a step; 0 = all of them",
       .source = "GPTQ code: 128 or none",
       .one_of = {"0", "32", "64", "128"}});
  const int group = out.grid.group;
  if (group != 0 && group != 32 && group != 64 && group != 128)
    params.fail("group", fmt::format("must be 32, 64 or 128, or 0 for none; got {}", group));
  if (group > 0 && !out.grid.per_channel)
    params.fail("group", "groups are parts of output channels: they need per_channel true");
  out.whole_rows =
      params.get<std::string>(
          "group_misfit", "refuse",
          {.doc = "layers whose outputs have a number of weights that the group does not divide; "
                  "channel: they have one step an output channel",
           .one_of = {"refuse", "channel"}}) == "channel";
  if (out.whole_rows && group == 0 && !params.is_describing())
    params.fail("group_misfit", "there are no groups that could not fit: it needs group");
}

WeightRecipe read_weight(core::Params params) {
  WeightRecipe out;
  Grid& grid = out.grid;
  grid.bits = read_bits(params, "bits", 4, "bits of the weights");
  out.levels = strategy<WeightGrid>(
      params, "grid", "uniform",
      "how the levels of the codes are spaced; ranges are chosen as for uniform", "BRECQ, QDrop");
  grid.levels = out.levels->levels();
  const bool bent = grid.levels != nullptr;
  if (bent || params.is_describing()) {
    // power grids were there before this key and keep their results
    const bool power = bent && grid.levels->name() == "power";
    out.uniform_edges =
        params.child("grid", "")
            .get<std::string>("edges", power ? "same" : "uniform",
                              {.doc = "the first and the last layer, where quant.first_last fixes "
                                      "their bits: even codes, or the levels of this grid (the "
                                      "default of power)",
                               .source = "APoT: uniform at 8 bit",
                               .one_of = {"uniform", "same"}}) == "uniform";
  }
  const bool narrow = bent && grid.levels->narrow();
  grid.symmetric = params.get<bool>(
      "symmetric", bent,
      {.doc = "codes around zero without a zero point (always on a grid that is not uniform)",
       .source = "BRECQ, QDrop: false"});
  grid.narrow = params.get<bool>(
      "narrow", narrow,
      {.doc = "drop the lowest code of a symmetric grid (likewise, but for kmeans and lut)",
       .source = "ours"});
  if (bent && (!grid.symmetric || grid.narrow != narrow))
    params.fail(
        grid.symmetric ? "narrow" : "symmetric",
        fmt::format("the codes of a {} grid {}: it must be {}, or left out", grid.levels->name(),
                    narrow ? "lie evenly around zero" : "are all 2^bits",
                    !grid.symmetric || narrow));
  if (grid.narrow && !grid.symmetric) params.fail("narrow", "a narrow grid must be symmetric");
  grid.per_channel = params.get<bool>(
      "per_channel", true,
      {.doc = "one step per output channel instead of one per tensor", .source = "BRECQ, QDrop"});
  read_groups(params, out);
  out.scale = strategy<ScaleInit>(params, "scale", "l2p4", "how ranges are chosen", "BRECQ");
  if (out.scale->needs_inputs() && bent)
    params.fail("scale", fmt::format("takes evenly spaced levels, which a {} grid does not have",
                                     grid.levels->name()));
  if (out.scale->needs_inputs() && grid.group > 0)
    params.fail("scale", "takes whole channels, one after another: it goes without group");
  out.overrides = BitOverrides(params);
  return out;
}

/// Levels of activations under `key`, or those that are used where nothing is said.
std::shared_ptr<const ActGrid> read_act_grid(core::Params& params, const char* key,
                                             std::shared_ptr<const ActGrid> otherwise,
                                             const char* doc, const char* source) {
  // not written back where absent: even codes everywhere need no word about them
  if (!params.has(key) && !params.is_describing()) return otherwise;
  std::shared_ptr<const ActGrid> out = strategy<ActGrid>(params, key, "uniform", doc, source);
  return out->uniform() ? nullptr : out;
}

/// A switch that is not written back where absent.
bool read_switch(core::Params& params, const char* key, const core::Key& about) {
  return (params.has(key) || params.is_describing()) && params.get<bool>(key, false, about);
}

void read_act_levels(core::Params& params, ActRecipe& out) {
  out.levels = read_act_grid(params, "grid", nullptr,
                             "how the levels of activations are spaced (even where "
                             "quant.first_last fixes the bits of an edge)",
                             "BRECQ, QDrop: uniform");
  out.softmax = read_act_grid(params, "softmax", out.levels,
                              "the same for what attention's softmax gives; absent: as "
                              "quant.act.grid",
                              "RepQ: log_sqrt2; PTQ4ViT: twin; FQ-ViT: log2; AdaLog: adalog");
  out.gelu = read_act_grid(params, "gelu", out.levels,
                           "the same for what a GELU gives; absent: as quant.act.grid",
                           "PTQ4ViT: twin; AdaLog: adalog");
  out.per_head = read_switch(
      params, "per_head",
      {.doc = "a step and a zero point for every head of the operands of attention's products, "
              "where their codes are even",
       .source = "AdaLog, APHQ: true"});
  out.factors = read_switch(
      params, "power_of_two_factor",
      {.doc = "a step s 2^k for every channel that a layer reads from a layer norm, s an eighth of "
              "the step of all and k in 0 .. 3 by the least squared error",
       .source = "FQ-ViT: true"});
  if (out.grid.symmetric && (out.levels || out.softmax || out.gelu))
    params.fail("symmetric",
                "is for even codes; other levels have a sign where the values have one");
  if (out.factors && out.levels)
    params.fail("power_of_two_factor", "scales even codes: it goes without quant.act.grid");
}

ActRecipe read_act(core::Params params) {
  ActRecipe out;
  out.grid.bits = read_bits(params, "bits", kBitsOff, "bits of the activations");
  out.grid.symmetric = params.get<bool>(
      "symmetric", false,
      {.doc = "codes around zero without a zero point", .source = "BRECQ, QDrop: false"});
  out.grid.per_channel = false;
  read_act_levels(params, out);
  out.scale = strategy<ScaleInit>(params, "scale", "l2p4", "how ranges are chosen", "BRECQ");
  if (out.scale->needs_inputs())
    params.fail("scale", "looks at the inputs of a layer, which only weights have");
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
  out.overrides = BitOverrides(params);
  return out;
}

/// Degrees of freedom that the weight grid does not have, and variables that do not have its
/// levels.
void refuse_misfits(const Grid& grid, const LearnWeights& learn, core::Params params) {
  const auto refuse = [&](const char* group, const std::string& why) {
    params.child(group, "").fail("on", why);
  };
  const auto has = [&](std::string_view what) {
    return grid.levels && grid.levels->warp_name() == what;
  };
  const std::string_view name = grid.levels ? grid.levels->name() : "uniform";
  if (learn.exponent.on && !has("exponent"))
    refuse("exponent",
           fmt::format("a {} grid has no exponent: it needs quant.weight.grid power", name));
  if (learn.codebook.on && !has("codebook"))
    refuse("codebook", fmt::format("the levels of a {} grid are fixed: it needs quant.weight.grid "
                                   "kmeans",
                                   name));
  if (learn.w_zero.on && grid.levels)
    refuse("w_zero", fmt::format("a {} grid has no zero point", grid.levels->name()));
  if (grid.levels && !learn.variable->takes_levels())
    params.fail("variable", fmt::format("takes evenly spaced levels, which a {} grid does not have",
                                        grid.levels->name()));
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
  precision = core::precision_named(params.get<std::string>(
      "precision", "f32",
      {.doc =
           "values between layers and operands of products; sums, parameters and losses are f32; "
           "f32_winograd: 3x3 convolutions with a third of the multiplications or less and "
           "rounding errors 2 to 5 times as large, in weight gradients up to 19 times",
       .one_of = core::precision_names()}));
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
  prepare = strategy<Prepare>(
      quant, "prepare", "none",
      "how the float network is changed first, without changing what it computes (but for "
      "equalise with absorb: aimet)",
      "ours");
  if (!quant.is_describing() && (act.grid.off() || act.grid.symmetric) &&
      *quant.resolved().find_path("prepare.name")->as_string() == "repq")
    quant.fail(
        "prepare",
        "repq folds the ranges of activations: it needs quant.act.bits and asymmetric codes");
  repair = strategy<Repair>(quant, "repair", "none",
                            "what is done about errors once the weights have their codes", "ours");
  allocate = AllocateRecipe::read(quant, weight.grid, !weight.overrides.empty());
  core::Params learning = params.child("learn", "how roundings are learned");
  learn = read_learn(learning);
  refuse_misfits(weight.grid, learn, learning);
  refuse_bits(quant.child("weight", ""));
  refuse_wide_grids(learning);
  learn_act = read_learn_act(
      params.child("learn_act", "how activation steps are learned, after the weights"));
  if (learn_act.a_zero.on && act.grid.symmetric)
    quant.fail("act.symmetric", "symmetric activations have no zero point for learn_act.a_zero");
  if (learn_act.a_zero.on && (act.levels || act.softmax || act.gelu))
    quant.child("act", "").fail(act.levels    ? "grid"
                                : act.softmax ? "softmax"
                                              : "gelu",
                                "these levels have no zero point for learn_act.a_zero");
  if (learn.gram && learn_act.joint)
    learning.fail("engine", "gram sees no activation quantisers: it needs learn_act.joint false");
  if (learn.gradual && !learn_act.joint)
    learning.fail("gradual",
                  "activation quantisers act while weights are learned only with learn_act.joint");
  refuse_clashes(quant, learning);
}

void Recipe::refuse_clashes(core::Params quant_keys, core::Params learn_keys) const {
  const std::string why = repair->clash(*this);
  if (!why.empty()) quant_keys.child("repair", "").fail("name", "needs " + why);
  if (learn.solves() && learn_act.joint)
    learn_keys.fail("solver", "sees no activation quantisers: it needs learn_act.joint false");
}

bool Recipe::needs_labels() const {
  const bool later = learn_act.iters > 0 && !learn_act.joint;
  return learn.loss->needs().labels || (later && learn_act.loss->needs().labels);
}

void Recipe::refuse_bits(core::Params weight_keys) const {
  const EdgeBits edges = edge_bits(first_last);
  std::vector<int> all{weight.grid.bits, weight.overrides.most_bits()};
  if (allocate.on) all = allocate.candidates;
  if (!weight.uniform_edges) {
    for (const std::optional<int>& edge : {edges.first_weight, edges.last_weight})
      all.push_back(edge.value_or(0));
  }
  for (const int bits : all) {
    const std::string why =
        bits == 0 || bits == kBitsOff ? std::string() : weight.levels->misfit(bits);
    if (!why.empty()) weight_keys.fail("grid", why);
  }
}

void Recipe::refuse_wide_grids(core::Params learn_keys) const {
  const EdgeBits edges = edge_bits(first_last);
  int most = std::max(weight.overrides.most_bits(), allocate.most_bits());
  for (const int bits :
       {weight.grid.bits, edges.first_weight.value_or(0), edges.last_weight.value_or(0)}) {
    if (bits != kBitsOff) most = std::max(most, bits);
  }
  if (most > learn.variable->most_bits())
    learn_keys.fail(
        "variable",
        fmt::format("holds 2^bits values a weight and takes at most {} bits; got {} "
                    "(quant.weight.bits, quant.first_last, overrides or quant.allocate.candidates)",
                    learn.variable->most_bits(), most));
}

}  // namespace quant
