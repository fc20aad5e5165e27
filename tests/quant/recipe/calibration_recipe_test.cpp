#include "quant/recipe/calibration_recipe.h"

#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

namespace {

quant::CalibrationRecipe recipe_of(Keys keys) {
  core::Params params(tree(keys));
  quant::CalibrationRecipe out(params);
  params.done();
  return out;
}

}  // namespace

TEST_CASE("every key of the calibration is declared with documentation") {
  core::Params params = core::Params::describing();
  const quant::CalibrationRecipe recipe(params);
  CHECK(!params.declared().empty());
  for (const core::Declared& d : params.declared()) CHECK_MESSAGE(!d.key.doc.empty(), d.path);
}

TEST_CASE("the recipe takes stored images of train unless told otherwise") {
  const quant::CalibrationRecipe plain = recipe_of({});
  CHECK(plain.split == data::Split::train);
  CHECK(plain.count == 1024);
  CHECK_FALSE(plain.needs().any());
  CHECK(recipe_of({{"calibration.source", "validation"}}).split == data::Split::val);
  CHECK(recipe_of({{"calibration.split", "val"}}).split == data::Split::val);
  CHECK(recipe_of({{"calibration.name", "herding"}}).needs().features);
  CHECK(recipe_of({{"calibration.source", "bn_distilled"}}).needs().batch_norm);
}

TEST_CASE("the recipe draws what the source and the selection give, also from its resolved form") {
  const ToyDataset dataset(4, 10);
  core::Params params(tree({{"calibration.count", 6}, {"calibration.source", "gaussian_noise"}}));
  const quant::CalibrationRecipe first(params);
  core::Params resolved(params.resolved());
  const quant::CalibrationRecipe second(resolved);
  resolved.done();
  CHECK(support::same_bits(first.draw(dataset, core::Rng(1)).images,
                           second.draw(dataset, core::Rng(1)).images));
  CHECK(made(first.draw(dataset, core::Rng(1))));
}

TEST_CASE("a selection has no meaning for made images and is refused") {
  CHECK_THROWS_WITH_AS(
      recipe_of({{"calibration.source", "flat_colour"}, {"calibration.name", "first_n"}}),
      doctest::Contains("nothing for `name` and `split` to choose"), core::ConfigError);
  CHECK_THROWS_AS(recipe_of({{"calibration.source", "flat_colour"}, {"calibration.split", "val"}}),
                  core::ConfigError);
}

TEST_CASE("a source of one split refuses another") {
  CHECK_THROWS_WITH_AS(
      recipe_of({{"calibration.source", "validation"}, {"calibration.split", "test"}}),
      doctest::Contains("takes split val"), core::ConfigError);
}

TEST_CASE("what cannot be drawn is refused before anything runs") {
  const ToyDataset dataset(4, 10);
  const FakeView no_bn = v_shaped_view();
  CHECK_THROWS_AS(recipe_of({{"calibration.count", 41}}).check(dataset), core::InputError);
  CHECK_NOTHROW(recipe_of({{"calibration.count", 40}}).check(dataset));
  CHECK_THROWS_WITH_AS(recipe_of({{"calibration.source", "bn_distilled"}}).check(dataset, &no_bn),
                       doctest::Contains("this network has none"), core::InputError);
  CHECK_THROWS_AS(recipe_of({{"calibration.name", "bn_distance"}, {"calibration.count", 3}})
                      .check(dataset, &no_bn),
                  core::InputError);
  CHECK(no_bn.asked == 0);
}
