#include "experiments/cell/model_shape.h"

#include <algorithm>
#include <utility>

#include "core/config/registry.h"

namespace experiments {

core::Value fitted_to(const core::Value& model, const data::Dataset& set) {
  core::Value out = model.named();
  const core::Value* name = out.find("name");
  const std::vector<std::string> known = core::Registry<nn::Model>::names();
  if (!name || !name->as_string() ||
      std::find(known.begin(), known.end(), *name->as_string()) == known.end())
    return model;
  core::Params reading = core::Params::describing();
  core::Registry<nn::Model>::create(*name->as_string(), reading);
  const std::vector<core::Declared> keys = reading.declared();
  const core::Shape image = set.image_shape();
  for (const auto& [key, value] :
       {std::pair{"img_size", image[0]}, std::pair{"in_channels", image[2]},
        std::pair{"classes", set.classes()}}) {
    const std::string path = key;  // clang 14 captures no structured binding
    const bool read =
        std::ranges::any_of(keys, [&](const core::Declared& d) { return d.path == path; });
    if (!read || out.find(key)) continue;
    core::Value written(value);
    written.mark = {.file = "the data set"};
    out.map().emplace_back(key, std::move(written));
  }
  return out;
}

void check_fit(const core::Params& params, const nn::Model& model, const data::Dataset& set) {
  const core::Shape image = set.image_shape();
  const nn::InputSpec input = model.input_spec();
  if (input.channels != image[2]) {
    params.fail("in_channels", fmt::format("must be {} for images of shape {}; got {}", image[2],
                                           image, input.channels));
  }
  if (input.height != image[0] || input.width != image[1]) {
    params.fail("img_size", fmt::format("must be {} for images of shape {}; got {}", image[0],
                                        image, input.height));
  }
  if (model.classes() != set.classes()) {
    params.fail("classes", fmt::format("must be {} for this data set; got {}", set.classes(),
                                       model.classes()));
  }
}

}  // namespace experiments
