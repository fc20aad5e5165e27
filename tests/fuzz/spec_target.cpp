// A whole experiment file, as far as it can be understood without data and weights: YAML, spec,
// cells, and what every cell says about calibration, quantising and learning.
#include "experiments/spec/expand.h"
#include "experiments/spec/parse.h"
#include "experiments/text/yaml.h"
#include "quant/recipe/calibration_recipe.h"
#include "quant/recipe/recipe.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

namespace {

constexpr std::size_t kMostCells = 64, kMostRecipes = 4;

/// As expand() counts, without includes.
std::size_t cells(const Spec& spec) {
  std::size_t n = spec.vary.size() + 1;
  for (const Axis& axis : spec.axes) n = std::min(n * axis.steps.size(), kMostCells + 1);
  for (const SweptKey& key : spec.sweep.keys) n = std::min(n * key.values.size(), kMostCells + 1);
  return n;
}

void read_cell(const Point& point) {
  core::Params params(point.tree);
  for (const char* key : {"method", "model", "data", "seed", "eval"}) params.take(key, "");
  const quant::CalibrationRecipe calibration(params);
  const quant::Recipe recipe(params);
  params.done();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Point> points;
  const bool good = fuzz::accepts([&] {
    const Spec spec = parse_spec(parse_yaml(fuzz::text(data, size), "input"), "input");
    if (cells(spec) <= kMostCells) points = expand(spec);
  });
  for (std::size_t i = 0; good && i < std::min(points.size(), kMostRecipes); ++i)
    fuzz::accepts([&] { read_cell(points[i]); });
  return 0;
}
