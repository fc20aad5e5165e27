// One bare word of a configuration.
#include "experiments/text/scalar.h"

#include <cmath>

#include "experiments/text/yaml.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  core::Value value;
  if (!fuzz::accepts([&] { value = plain_scalar(fuzz::text(data, size), core::Mark{}); })) return 0;
  fuzz::require(value.is_scalar(), "a word is a scalar");
  if (const double* d = value.as_double()) fuzz::require(std::isfinite(*d), "reals are finite");
  if (!value.as_string())
    fuzz::require(parse_yaml_value(yaml_text(value), "written") == value, "scalars read back");
  return 0;
}
