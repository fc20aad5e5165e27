// The quantiser map: which weights and activations of a model a recipe quantises, and on which
// grid.
//
// Weights are those of the layer units.  Activation sites are found by running the model once on a
// blank image and noting every hook that is called, so that no model is described twice:
//   outputs  the outputs of activation functions (CNNs: BRECQ, QDrop); for a residual block these
//   are the
//            inner activations and the one after the sum; the shortcut sees the quantised value too
//   inputs   the inputs of every layer but the first (the image counts as 8 bit already) and both
//   operands
//            of attention's products (transformers: PTQ4ViT, RepQ, APHQ)
// The output of the network is never quantised.  First and last layers follow the recipe's policy;
// what `overrides` says of single layers and sites stands over both.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/layers/weighted.h"
#include "nn/model.h"
#include "quant/recipe/recipe.h"

namespace quant {

inline constexpr int kOutput = -1;  // operand number that means "what leaves the module"

struct SiteId {
  std::string path;
  int operand = 0;
  bool operator==(const SiteId&) const = default;
  std::string str() const;  // "blocks.0.attn.qk input 1", "layer1.0.act1 output"
};

struct WeightSite {
  std::string stage;      // path of the stage
  std::string parameter;  // "layer1.0.conv1.weight"
  nn::Weighted* module;
  Grid grid;                      // may be off
  std::vector<double> warp = {};  // parameters of the grid's levels, once they are set
  /// Not empty: the site holds only these rows of the weight, and `parameter` names the part
  /// (row_parts.h).
  std::vector<std::int64_t> rows = {};

  std::int64_t elements() const {
    const core::Tensor& w = module->weight.value;
    const auto own = static_cast<std::int64_t>(rows.size());
    return own == 0 ? w.numel() : w.numel() / w.shape()[0] * own;
  }
};

/// What an activation is, for grids that are made for one kind of values.
enum class ActRole {
  other,
  softmax,     // what attention's softmax gives: operand 0 of its second product
  gelu,        // what a GELU gives
  layer_norm,  // what a layer norm gives, where a layer reads it
  head         // another operand of attention's products
};

struct ActSite {
  std::string stage;
  SiteId id;
  std::string module_type;
  Grid grid;
  ActRole role = ActRole::other;
  std::shared_ptr<const ActGrid> levels = {};  // null: evenly spaced
  bool per_head = false;                       // a step for every head
  bool factors = false;                        // a power of two for every channel
};

struct QuantiserMap {
  std::vector<WeightSite> weights;
  std::vector<ActSite>
      acts;  // empty when activations are not quantised; sites that are off are left out
};

/// throws: InputError when `map: outputs` is asked of a transformer.
QuantiserMap quantiser_map(nn::Model& model, const Recipe& recipe);

/// Where each weight of the map stands among those that are quantised; the others count as before
/// the first.
std::vector<LayerPlace> layer_places(const QuantiserMap& map);

/// Refuses what of a recipe this model, batch norms not folded, cannot do: a map or overrides that
/// it does not have, a selection that takes none of its layers, a correction without batch norms.
/// throws: InputError.
void refuse_misfits(nn::Model& model, const Recipe& recipe);

/// One line of the printed map.
struct MapRow {
  std::string stage, site, kind, grid;  // kind: "weight", "input", "output"
  std::int64_t elements = 0;            // of a weight; 0 for activations
};
std::vector<MapRow> rows_of(const QuantiserMap& map);

}  // namespace quant
