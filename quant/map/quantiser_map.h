// The quantiser map: which weights and activations of a model a recipe quantises, and on which
// grid.
//
// Weights are those of the layer units.  Activation sites are found by running the model once on a
// blank image and noting every hook that is called, so that no model is described twice:
//   outputs  the outputs of activation functions (CNNs: BRECQ, QDrop); for a residual block these
//            are the inner activations and the one after the sum; the shortcut sees the quantised
//            value too
//   inputs   the inputs of every layer but the first (the image counts as 8 bit already) and both
//            operands of attention's products (transformers: PTQ4ViT, RepQ, APHQ)
// The output of the network is never quantised.  First and last layers follow the recipe's policy;
// what `overrides` says of single layers and sites stands over both.
#pragma once

#include <string>
#include <vector>

#include "nn/model.h"
#include "quant/network/sites.h"
#include "quant/recipe/recipe.h"

namespace quant {

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
