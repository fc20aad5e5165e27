#include "quant/map/quantiser_map.h"

#include <algorithm>
#include <set>

#include "nn/layers/conv2d.h"
#include "quant/act_grid/act_grid.h"
#include "quant/grid/levels.h"
#include "quant/network/bn_fold.h"
#include "quant/pass/quant_pass.h"
#include "quant/pass/trace_pass.h"

namespace quant {
namespace {

/// The grid of an edge: the policy's bits where the rest is quantised at all.
Grid edge_grid(const Grid& rest, const std::optional<int>& bits) {
  return rest.off() || !bits ? rest : rest.with_bits(*bits);
}

bool is_activation_function(const std::string& type) {
  return type == "Relu" || type == "Relu6" || type == "Gelu";
}

bool is_transformer(nn::Model& model) {
  const std::vector<nn::Module*> all = nn::modules(model);
  return std::any_of(all.begin(), all.end(),
                     [](nn::Module* m) { return m->type() == "PatchEmbed"; });
}

/// Replaces the bits of sites that an override names.
template <class Site, class PathOf>
void override_bits(const BitOverrides& overrides, const std::vector<nn::Stage>& stages,
                   std::vector<Site>& sites, PathOf path_of) {
  if (overrides.empty()) return;
  std::vector<BitOverrides::Place> places;
  for (const Site& site : sites)
    places.push_back(
        {path_of(site), site.stage == stages.front().path, site.stage == stages.back().path});
  const std::vector<std::optional<int>> bits = overrides.bits_of(places);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (bits[i]) sites[i].grid = sites[i].grid.with_bits(*bits[i]);
  }
}

/// Weights that one output reads.
std::int64_t row_of(const WeightSite& site) {
  const core::Tensor& w = site.module->weight.value;
  return w.numel() / w.shape()[0];
}

std::vector<WeightSite> weight_sites(const std::vector<nn::Stage>& stages, const Recipe& recipe) {
  const EdgeBits edges = edge_bits(recipe.first_last);
  std::vector<WeightSite> out;
  for (const nn::Stage& stage : stages) {
    for (const nn::LayerUnit& layer : stage.layers) {
      auto* module = dynamic_cast<nn::Weighted*>(layer.module);
      if (!module)
        throw core::Error(
            fmt::format("sites: layer unit '{}' must be a weighted layer", layer.path));
      out.push_back({stage.path, module->weight.path, module, recipe.weight.grid, {}});
    }
  }
  if (!out.empty()) {
    out.front().grid = edge_grid(recipe.weight.grid, edges.first_weight);
    out.back().grid = edge_grid(recipe.weight.grid, edges.last_weight);
    if (recipe.weight.uniform_edges) {
      if (edges.first_weight) out.front().grid.levels = nullptr;
      if (edges.last_weight) out.back().grid.levels = nullptr;
    }
  }
  override_bits(recipe.weight.overrides, stages, out,
                [](const WeightSite& site) { return site.module->path(); });
  for (WeightSite& site : out) {
    const int group = site.grid.group;
    if (group > 0 && recipe.weight.whole_rows && row_of(site) % group != 0) site.grid.group = 0;
  }
  return out;
}

struct StagedCall {
  std::string stage;
  TracePass::Call call;
  ActRole role = ActRole::other;
};

/// What arrives at or leaves each hook, from the hooks before it.
void find_roles(std::vector<StagedCall>& calls) {
  std::string last;  // type of the module whose output came by last; dropout changes nothing
  for (StagedCall& seen : calls) {
    const std::string& type = seen.call.module_type;
    const int operand = seen.call.site.operand;
    if (operand == kOutput) {
      if (type == "Gelu") seen.role = ActRole::gelu;
      if (type != "Dropout") last = type;
    } else if (type == "MatMul") {
      const bool values = seen.call.site.path.ends_with("av");
      seen.role = values && operand == 0 ? ActRole::softmax : ActRole::head;
    } else if (last == "Gelu") {
      seen.role = ActRole::gelu;
    } else if (last == "LayerNorm") {
      seen.role = ActRole::layer_norm;
    }
  }
}

/// The levels that the recipe has for what arrives here.
void choose_levels(const ActRecipe& recipe, ActSite& site) {
  site.levels = recipe.levels;
  if (site.role == ActRole::softmax) site.levels = recipe.softmax;
  if (site.role == ActRole::gelu) site.levels = recipe.gelu;
  const bool head = site.role == ActRole::softmax || site.role == ActRole::head;
  site.per_head = recipe.per_head && head && !site.levels;
  site.factors = recipe.factors && site.role == ActRole::layer_norm;
}

/// Every hook of one plain forward on a blank image, in order.
std::vector<StagedCall> trace(nn::Model& model, const std::vector<nn::Stage>& stages) {
  const nn::InputSpec spec = model.input_spec();
  autograd::Variable x(core::Tensor::zeros({1, spec.height, spec.width, spec.channels}));
  std::vector<StagedCall> out;
  nn::EvalPass plain;
  for (const nn::Stage& stage : stages) {
    TracePass pass(plain);
    x = stage.run(x, pass);
    for (TracePass::Call& call : pass.calls) out.push_back({stage.path, std::move(call)});
  }
  find_roles(out);
  return out;
}

}  // namespace

QuantiserMap quantiser_map(nn::Model& model, const Recipe& recipe) {
  const std::vector<nn::Stage> stages = model.stages();
  QuantiserMap map{weight_sites(stages, recipe), {}};
  const Grid& grid = recipe.act.grid;
  if (grid.off() && recipe.act.overrides.empty()) return map;

  const bool transformer = is_transformer(model);
  if (recipe.map == "outputs" && transformer) {
    throw core::InputError(
        "quant.map: 'outputs' needs a network of activation functions (CNN); known for a "
        "transformer: auto, inputs");
  }
  const bool inputs = recipe.map == "inputs" || (recipe.map == "auto" && transformer);
  bool image = true;  // the first input hook of the network sees the image
  for (StagedCall& seen : trace(model, stages)) {
    const bool is_input = seen.call.site.operand != kOutput;
    if (is_input && image) {
      image = false;
      continue;
    }
    if (is_input != inputs || (!is_input && !is_activation_function(seen.call.module_type)))
      continue;
    map.acts.push_back({seen.stage, seen.call.site, seen.call.module_type, grid, seen.role});
    choose_levels(recipe.act, map.acts.back());
  }
  if (!map.acts.empty()) {
    const EdgeBits edges = edge_bits(recipe.first_last);
    // what the last layer reads: its own input site, or the last activation before it
    map.acts.back().grid = edge_grid(grid, edges.last_input);
    if (edges.last_input) map.acts.back().levels = nullptr;
    if (!inputs && map.acts.front().stage == stages.front().path) {
      map.acts.front().grid = edge_grid(grid, edges.first_output);
      if (edges.first_output) map.acts.front().levels = nullptr;
    }
  }
  override_bits(recipe.act.overrides, stages, map.acts,
                [](const ActSite& site) { return site.id.path; });
  std::erase_if(map.acts, [](const ActSite& site) { return site.grid.off(); });
  return map;
}

std::vector<LayerPlace> layer_places(const QuantiserMap& map) {
  std::vector<LayerPlace> out(map.weights.size());
  std::set<const nn::Weighted*> layers;  // rows of one weight may be several sites
  for (const WeightSite& site : map.weights) {
    if (!site.grid.off()) layers.insert(site.module);
  }
  const auto count = static_cast<std::int64_t>(layers.size());
  std::int64_t next = -1;
  const nn::Weighted* before = nullptr;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto* conv = dynamic_cast<const nn::Conv2d*>(map.weights[i].module);
    const bool off = map.weights[i].grid.off();
    if (!off && std::exchange(before, map.weights[i].module) != map.weights[i].module) ++next;
    out[i].index = off ? -1 : next;
    out[i].count = count;
    out[i].depthwise = conv && conv->options().groups > 1 && conv->weight.value.shape()[1] == 1;
  }
  return out;
}

namespace {

/// Keys for kinds of activations that the quantised sites do not have.
void refuse_absent_roles(const QuantiserMap& map, const ActRecipe& recipe) {
  const auto any = [&](std::initializer_list<ActRole> roles) {
    return map.acts.empty() || std::any_of(map.acts.begin(), map.acts.end(), [&](const ActSite& s) {
             return std::find(roles.begin(), roles.end(), s.role) != roles.end();
           });
  };
  const auto refuse = [&](const char* key, bool asked, bool there, const char* what) {
    core::require_input(key, !asked || there,
                        "needs a network with quantised {}, and this one has none", what);
  };
  refuse("quant.act.softmax", recipe.softmax != recipe.levels, any({ActRole::softmax}),
         "outputs of softmax");
  refuse("quant.act.gelu", recipe.gelu != recipe.levels, any({ActRole::gelu}), "outputs of GELU");
  refuse("quant.act.per_head", recipe.per_head, any({ActRole::softmax, ActRole::head}),
         "operands of attention");
  refuse("quant.act.power_of_two_factor", recipe.factors, any({ActRole::layer_norm}),
         "outputs of layer norms");
}

std::string grid_text(const ActSite& site) {
  if (site.levels && !site.grid.off())
    return fmt::format("{} {} bit per tensor", site.levels->name(), site.grid.bits);
  std::string out = site.grid.str();
  if (site.per_head && out.ends_with("tensor")) out.replace(out.size() - 6, 6, "head");
  return site.factors ? out + ", powers of two per channel" : out;
}

}  // namespace

void refuse_misfits(nn::Model& model, const Recipe& recipe) {
  const QuantiserMap map = quantiser_map(model, recipe);
  refuse_absent_roles(map, recipe.act);
  for (const WeightSite& site : map.weights) {
    const int group = site.grid.off() ? 0 : site.grid.group;
    core::require_input("quant.weight.group", group == 0 || row_of(site) % group == 0,
                        "must divide the {} weights of an output of layer '{}', and {} does not; "
                        "group_misfit: channel gives such a layer one step an output channel",
                        row_of(site), site.module->path(), group);
  }
  const std::string prepared = recipe.prepare->needs(model);
  core::require_input("quant.prepare", prepared.empty(), "needs {}", prepared);
  const std::string repaired = recipe.repair->needs(model);
  core::require_input("quant.repair", repaired.empty(), "needs {}", repaired);
  const std::vector<LayerPlace> places = layer_places(map);
  const bool takes_any = std::any_of(places.begin(), places.end(), [&](const LayerPlace& p) {
    return p.index >= 0 && recipe.learn.selection->takes_layer(p);
  });
  const bool any =
      std::any_of(places.begin(), places.end(), [](const LayerPlace& p) { return p.index >= 0; });
  core::require_input(
      "learn.selection", takes_any || !any,
      "must take one of the {} layers of the network; it takes none (depthwise: the "
      "network has no depthwise convolutions)",
      places.size());
  const BnCorrection& correct = recipe.learn.correct;
  core::require_input("learn.correct", !correct.on || !correct.required || has_batch_norm(model),
                      "needs a network with batch normalisation, and this one has none; 'required: "
                      "false' leaves such a network alone");
}

std::vector<MapRow> rows_of(const QuantiserMap& map) {
  std::vector<MapRow> rows;
  std::vector<bool> printed(map.acts.size(), false);
  const auto acts_of = [&](const std::string& stage) {
    for (std::size_t i = 0; i < map.acts.size(); ++i) {
      if (printed[i] || map.acts[i].stage != stage) continue;
      printed[i] = true;
      const ActSite& site = map.acts[i];
      rows.push_back({stage, site.id.str(), site.id.operand == kOutput ? "output" : "input",
                      grid_text(site), 0});
    }
  };
  for (std::size_t i = 0; i < map.weights.size(); ++i) {
    const WeightSite& site = map.weights[i];
    std::string grid = site.grid.str();
    if (!site.warp.empty()) {
      constexpr std::size_t kMostShown = 16;
      grid +=
          site.warp.size() <= kMostShown
              ? fmt::format(", {} {:.4g}", site.grid.levels->warp_name(), fmt::join(site.warp, " "))
              : fmt::format(", {} {}", site.warp.size(), site.grid.levels->warp_name());
    }
    rows.push_back({site.stage, site.parameter, "weight", std::move(grid), site.elements()});
    if (i + 1 == map.weights.size() || map.weights[i + 1].stage != site.stage) acts_of(site.stage);
  }
  return rows;
}

}  // namespace quant
