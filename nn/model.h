// Model and Stage: a network as an ordered list of stages; forward is a fold over them.
//
// A stage is the unit of block reconstruction (a residual or transformer block, or a single layer
// such as the stem and the head).  Each stage lists the quantisable layers inside it with their own
// `run`, the unit of layer reconstruction.  Stages point into the model: a Model must outlive them
// and not be copied between stages() and run().  The first stage is the stem, the last one the
// head.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "core/config/params.h"
#include "core/config/registry.h"
#include "core/rng.h"
#include "nn/module.h"
#include "nn/pass.h"

namespace nn {

class Conv2d;
class BatchNorm2d;

/// One quantisable layer inside a stage: a Conv2d, Linear or patch embedding, with the activation
/// that follows it when that is a ReLU (AdaRound reconstructs f(Wx + b); source: 2004.10568, eq.
/// 25).
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

/// A convolution and the batch normalisation that can be folded into it.
struct ConvBn {
  Conv2d* conv;
  BatchNorm2d* bn;
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

  /// Convolutions that are followed by a batch normalisation, in order.
  virtual std::vector<ConvBn> conv_bn_pairs() { return {}; }
  /// Draws all weights afresh, each from the stream of its path; needs bound paths.
  virtual void initialise(const core::Rng& rng) = 0;

  /// images (N,H,W,C) -> logits (N, classes).
  autograd::Variable forward(const autograd::Variable& images, Pass& pass);
};

/// Makes a registered model from {name: resnet20, ...options}, with weights initialised from `rng`
/// and paths bound.
std::unique_ptr<Model> make_model(core::Params& params, core::Rng rng);

}  // namespace nn
