// YAML of experiments and trainings.  What is accepted is written as YAML and as JSON, and both
// read back as the same tree: results folders depend on it.
#include "experiments/text/yaml.h"

#include "experiments/text/json.h"
#include "experiments/text/scalar.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  core::Value tree;
  if (!fuzz::accepts([&] { tree = parse_yaml_value(fuzz::text(data, size), "input"); })) return 0;
  fuzz::require(parse_yaml_value(yaml_text(tree), "written") == tree, "YAML reads back the same");
  fuzz::require(parse_json(json_text(tree), "written") == tree, "JSON reads back the same");
  fuzz::accepts([&] { parse_yaml(fuzz::text(data, size), "input"); });
  return 0;
}
