// QuantiserMap: the weights and activations of a network that are quantised, each with its grid.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/layers/weighted.h"
#include "quant/grid/act_role.h"
#include "quant/grid/grid.h"
#include "quant/pass/site_id.h"

namespace quant {

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

class ActGrid;

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
  /// Empty when activations are not quantised; sites that are off are left out.
  std::vector<ActSite> acts;
};

}  // namespace quant
