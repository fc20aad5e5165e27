// Walk: the units of a network one after the other, each with what it learns from.
//
// The inputs of a unit come from the float network and from the quantised one as it stands when the
// unit is reached: finished units have their hard weights.  Going backwards, the prefix of a unit
// is what it was before anything was learned.  A tensor that nobody reads any more gives its memory
// to the next.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/scratch.h"
#include "core/system/monitor.h"
#include "nn/model.h"
#include "quant/learn/unit.h"
#include "quant/network/sites.h"
#include "quant/pass/quant_pass.h"
#include "quant/walk/walk_plan.h"

namespace quant {

/// What a walk needs for some recipes only.
struct WalkAids {
  nn::Model* unfolded = nullptr;     // with its batch norms, for the correction of inputs
  core::Monitor* monitor = nullptr;  // hears of units and may stop the walk between them
  core::Rng rng{0};                  // of random vectors behind layer weights
  core::Scratch scratch = {};        // where inputs and targets are kept
  core::Tensor labels = {};          // s64, of the images, for losses that ask
};

class Walk {
 public:
  /// All must outlive the walk; `pass` is the quantised network.
  Walk(nn::Model& model, const QuantiserMap& map, QuantPass& pass, const WalkAids& aids = {});

  /// Works on the unit at `stage`; false stops the walk.
  using Visit = std::function<bool(std::size_t stage, const Unit& unit, const UnitData& data)>;
  void along(const WalkPlan& plan, const core::Tensor& images, const Visit& visit);

 private:
  /// The images as they arrive at a stage in the float and in the quantised network; one that
  /// nobody reads is empty.
  struct Feed {
    core::Tensor x_float, x_quant;
    std::size_t float_at = 0, quant_at = 0;  // the stages that they lead to
  };
  /// Says which unit comes next, where no steps will say it.  throws: Interrupted.
  void arrive(const WalkPlan& plan, const std::string& path, std::size_t stage) const;
  Feed start(const WalkPlan& plan, const core::Tensor& images) const;
  void advance(Feed& feed, std::size_t to);
  /// The feed gives up what nobody reads after this section.
  UnitData data_of(const WalkPlan& plan, const Section& section, Feed& feed);
  core::Tensor sensitivity_of(const LossNeeds& needs, const UnitData& data);
  /// Inputs moved towards the statistics of batch normalisation, and their targets.
  void correct(const WalkPlan& plan, const Section& section, const core::Tensor& x_float,
               UnitData& data);
  bool visit_layers(const WalkPlan& plan, const Section& section, Feed& feed, const Visit& visit);
  void add_layer(Unit& unit, nn::Module* module) const;
  Unit unit_of(const nn::LayerUnit& layer) const;
  Unit unit_of(const Section& section) const;

  const QuantiserMap& map_;
  QuantPass& pass_;
  nn::EvalPass float_pass_;
  WalkAids aids_;
  std::vector<nn::Stage> stages_, unfolded_;
  core::Tensor float_logits_;  // of the images of the walk, when its loss asks for them
};

}  // namespace quant
