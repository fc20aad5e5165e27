// Model and Stage: a network as an ordered list of stages; forward is a fold over them.
//
// A stage is the unit of block reconstruction (a residual or transformer block, or a single layer such as
// the stem and the head).  Each stage lists the quantisable layers inside it with their own `run`, the
// unit of layer reconstruction.  Stages point into the model: a Model must outlive them and not be copied
// between stages() and run().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "core/params.h"
#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

/// One quantisable layer inside a stage: a Conv2d, Linear or patch embedding, with the activation that
/// follows it when that is a ReLU (AdaRound reconstructs f(Wx + b); source: 2004.10568, eq. 25).
struct LayerUnit {
  std::string path;  // of the Conv2d / Linear
  Module* module;
  /// Runs the layer alone on its (unquantised) input.
  std::function<autograd::Variable(const autograd::Variable&, Pass&)> run;
};

struct Stage {
  std::string path;  // "layer1.0", "blocks.3", "conv1"
  Module* module;
  std::function<autograd::Variable(const autograd::Variable&, Pass&)> run;
  std::vector<LayerUnit> layers;
};

/// What a model expects of its input.
struct InputSpec {
  std::int64_t height = 0, width = 0, channels = 0;
};

class Model : public Module {
 public:
  static constexpr std::string_view kind = "model";
  virtual std::vector<Stage> stages() = 0;
  virtual InputSpec input_spec() const = 0;
  virtual std::int64_t classes() const = 0;
  /// A deep copy with paths bound.
  virtual std::unique_ptr<Model> clone() const = 0;

  /// images (N,H,W,C) -> logits (N, classes).
  autograd::Variable forward(const autograd::Variable& images, Pass& pass);
};

/// Makes a registered model from {name: resnet20, ...options}, with weights initialised from `rng` and
/// paths bound.
std::unique_ptr<Model> make_model(core::Params& params, core::Rng rng);

}  // namespace nn
