#include "experiments/spec/cell_keys.h"

#include "core/config/registry.h"
#include "nn/model.h"
#include "quant/method/method.h"
#include "quant/recipe/calibration_recipe.h"
#include "quant/recipe/recipe.h"

namespace experiments {
namespace {

std::vector<std::string> methods() {
  std::vector<std::string> out = quant::method_names();
  out.insert(out.begin(), "custom");
  return out;
}

}  // namespace

CellKeys::CellKeys(core::Params& cell)
    : method(cell.get<std::string>(
          "method", "custom",
          {.doc = "preset under the other keys; see `roundtable methods`", .one_of = methods()})),
      seed(cell.get<std::int64_t>(
          "seed", 0, {.doc = "calibration draw, sample order, dropout masks", .min = 0})) {
  core::Params e = cell.child("eval", "how accuracy is measured");
  eval.split = data::split_named(e.get<std::string>(
      "split", "test",
      {.doc = "images that are counted; val for choosing, test for the final number",
       .one_of = {"val", "test"}}));
  eval.batch = e.get<std::int64_t>("batch", eval.batch,
                                   {.doc = "images a forward pass", .min = 1, .max = 65536});
  eval.count =
      e.get<std::int64_t>("count", eval.count, {.doc = "first images only (0 = all)", .min = 0});
  validate = e.get<bool>(
      "validate", validate,
      {.doc = "count the images of split val too, for choices; a sweep by validation sets it"});
  val_count = e.get<std::int64_t>("val_count", val_count,
                                  {.doc = "first images of split val only (0 = all)", .min = 0});
  if (validate && eval.split == data::Split::val)
    e.fail("validate", "images that choose are not those that are counted: it needs split test");
}

WeightKeys::WeightKeys(core::Params& model)
    : weights(model.get_optional<std::string>("weights",
                                              {.doc = "safetensors file; null = random weights"})),
      init_seed(model.get<std::int64_t>("init_seed", 0, {.doc = "of random weights", .min = 0})) {}

std::vector<core::Declared> describe_cell() {
  core::Params p = core::Params::describing();
  const CellKeys own(p);
  core::Params model = p.child("model", "the network");
  model.get<std::string>(
      "name", core::Key{.doc = "which model", .one_of = core::Registry<nn::Model>::names()});
  const WeightKeys keys(model);
  core::Params data = p.child("data", "the data set");
  data.get<std::string>(
      "name", core::Key{.doc = "which data set", .one_of = core::Registry<data::Dataset>::names()});
  const quant::CalibrationRecipe calibration(p);
  const quant::Recipe recipe(p);
  return p.declared();
}

}  // namespace experiments
