#include "experiments/schema.h"

#include <algorithm>

#include "core/registry.h"
#include "experiments/workbench.h"
#include "nn/model.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "quant/augment/feature_augment.h"
#include "quant/calibration/source/calibration_source.h"
#include "quant/input/unit_input.h"
#include "quant/loss/loss.h"
#include "quant/regulariser/regulariser.h"
#include "quant/scale/scale_init.h"
#include "quant/selection/selection.h"
#include "quant/variable/learned.h"
#include "quant/weight_grid/weight_grid.h"

namespace experiments {
namespace {

void leave_out_maps(std::vector<core::Declared>& list) {
  std::erase_if(list, [](const core::Declared& d) { return d.type == "map"; });
}

bool same(const std::vector<core::Declared>& a, const std::vector<core::Declared>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const core::Declared& x, const core::Declared& y) {
                      return x.path == y.path && x.type == y.type &&
                             x.default_text == y.default_text && x.key.doc == y.key.doc;
                    });
}

template <class T>
void add(const std::string& key, std::vector<StrategyOptions>& out) {
  const std::size_t first = out.size();
  for (const std::string& name : core::Registry<T>::names()) {
    core::Params p = core::Params::describing(key);
    core::Registry<T>::create(name, p);
    std::vector<core::Declared> options = p.declared();
    leave_out_maps(options);
    if (options.empty()) continue;
    const auto twin =
        std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                     [&](const StrategyOptions& o) { return same(o.options, options); });
    if (twin != out.end())
      twin->names.push_back(name);
    else
      out.push_back({key, {name}, std::move(options)});
  }
}

}  // namespace

std::vector<core::Declared> cell_keys() {
  std::vector<core::Declared> out = Workbench::describe();
  leave_out_maps(out);
  return out;
}

std::vector<StrategyOptions> strategy_options() {
  std::vector<StrategyOptions> out;
  add<nn::Model>("model", out);
  add<data::Dataset>("data", out);
  add<quant::CalibrationSet>("calibration", out);
  add<quant::CalibrationSource>("calibration.source", out);
  add<quant::ScaleInit>("quant.weight.scale", out);
  add<quant::WeightGrid>("quant.weight.grid", out);
  add<quant::Learned>("learn.variable", out);
  add<quant::Loss>("learn.loss", out);
  add<quant::Regulariser>("learn.regulariser", out);
  add<quant::Selection>("learn.selection", out);
  add<quant::UnitInput>("learn.input", out);
  add<quant::FeatureAugment>("learn.augment", out);
  add<nn::Optimizer>("learn.optimizer", out);
  add<nn::Schedule>("learn.schedule", out);
  return out;
}

}  // namespace experiments
