#include "quant/recipe/calibration_recipe.h"

#include "quant/recipe/strategy.h"

namespace quant {

CalibrationRecipe::CalibrationRecipe(core::Params& params) {
  core::Params own = params.child("calibration", "images that the quantiser learns from");
  count = own.get<std::int64_t>(
      "count", count, {.doc = "number of images", .source = "BRECQ, QDrop", .min = 1, .max = 1e7});
  source = strategy<CalibrationSource>(own, "source", "train", "where the images come from",
                                       "BRECQ, QDrop: train_augmented; PTQ4ViT: train");
  const std::string name =
      own.get<std::string>("name", "random",
                           {.doc = "how they are chosen",
                            .source = "BRECQ, QDrop",
                            .one_of = core::Registry<CalibrationSet>::names()});
  set = core::Registry<CalibrationSet>::create(name, own);
  const data::Split usual = source->split().value_or(split);
  split = data::split_named(
      own.get<std::string>("split", std::string(data::name_of(usual)),
                           {.doc = "where they are taken from; test leaks into the result",
                            .source = "BRECQ, QDrop",
                            .one_of = {"train", "val", "test"}}));
  if (source->split() && split != usual)
    own.fail("split", fmt::format("this source takes split {}", data::name_of(usual)));
  if (!source->selects() && (name != "random" || split != usual))
    own.fail("source", "makes its images; there is nothing for `name` and `split` to choose from");
}

Needs CalibrationRecipe::needs() const {
  return source->selects() ? source->needs() | set->needs() : source->needs();
}

void CalibrationRecipe::check(const data::Dataset& dataset, const ModelView* view) const {
  source->check(*set, {.dataset = dataset, .split = split, .count = count, .view = view});
}

Calibration CalibrationRecipe::draw(const data::Dataset& dataset, core::Rng rng,
                                    const ModelView* view, core::Monitor* monitor) const {
  return draw_calibration(
      *source, *set,
      {.dataset = dataset, .split = split, .count = count, .view = view, .monitor = monitor}, rng);
}

}  // namespace quant
