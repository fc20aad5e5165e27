// JSON of indices, failures, provenance and requests to workers.
#include "experiments/text/json.h"

#include "experiments/text/scalar.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  core::Value tree;
  if (!fuzz::accepts([&] { tree = parse_json(fuzz::text(data, size), "input"); })) return 0;
  fuzz::require(parse_json(json_text(tree), "written") == tree, "JSON reads back the same");
  return 0;
}
