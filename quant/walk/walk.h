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

#include "quant/learn/parameter_learner.h"
#include "quant/learn/reconstruct.h"
#include "quant/map/quantiser_map.h"
#include "quant/pass/quant_pass.h"
#include "quant/recipe/recipe.h"

namespace quant {

/// A unit of reconstruction with what can be learned in it.
struct Work {
  Unit unit;
  std::vector<std::string> weights;  // parameter paths, those that are quantised
  std::vector<NamedTensor> biases, norms;
};

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
  using Visit = std::function<bool(std::size_t stage, const Work& work, const UnitData& data)>;
  void along(const LearnRecipe& learn, const core::Tensor& images, const Visit& visit,
             bool reverse = false);

 private:
  /// The images as they arrive at a stage in the float and in the quantised network; one that
  /// nothing in the recipe reads is empty.
  struct Feed {
    core::Tensor x_float, x_quant;
    std::size_t float_at = 0, quant_at = 0;  // the stages that they lead to
  };
  /// Says which unit comes next, where no steps will say it.  throws: Interrupted.
  void arrive(const LearnRecipe& learn, const std::string& path, std::size_t stage) const;
  Feed start(const LearnRecipe& learn, const core::Tensor& images) const;
  void advance(Feed& feed, std::size_t to);
  /// The feed gives up what nobody reads after this section.
  UnitData data_of(const LearnRecipe& learn, const Section& section, Feed& feed);
  /// The float feed comes out of a section as its target.
  static bool feeds_target(const LearnRecipe& learn);
  core::Tensor sensitivity_of(const LossNeeds& needs, const UnitData& data);
  /// Inputs moved towards the statistics of batch normalisation, and their targets.
  void correct(const LearnRecipe& learn, const Section& section, const core::Tensor& x_float,
               UnitData& data);
  bool visit_layers(const LearnRecipe& learn, const Section& section, Feed& feed, bool reverse,
                    const Visit& visit);
  void add_layer(Work& work, nn::Module* module) const;
  Work layer_work(const nn::LayerUnit& layer) const;
  Work section_work(const Section& section) const;

  const QuantiserMap& map_;
  QuantPass& pass_;
  nn::EvalPass float_pass_;
  WalkAids aids_;
  std::vector<nn::Stage> stages_, unfolded_;
  core::Tensor float_logits_;  // of the images of the walk, when its loss asks for them
};

}  // namespace quant
