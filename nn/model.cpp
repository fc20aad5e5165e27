#include "nn/model.h"

namespace nn {

autograd::Variable Model::forward(const autograd::Variable& images, Pass& pass) {
  const InputSpec spec = input_spec();
  core::require("model", images.shape().rank() == 4 && images.shape()[3] == spec.channels,
                "images must be (N, H, W, {}); got {}", spec.channels, images.shape());
  autograd::Variable x = images;
  for (const Stage& stage : stages()) x = stage.run(x, pass);
  return x;
}

std::unique_ptr<Model> make_model(core::Params& params, core::Rng rng) {
  std::unique_ptr<Model> model = core::Registry<Model>::create(params);
  bind_paths(*model);
  model->initialise(rng);
  return model;
}

}  // namespace nn
