// The values of a sweep: log(a, b, n), lin(a, b, n) and lists.
#include "experiments/spec/sweep.h"

#include "experiments/text/yaml.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text(data, size));
  fuzz::accepts([&] {
    const auto values = swept_values("learn.batch", core::Value(text));
    fuzz::require(!values.empty() && values.size() <= 1000, "a sweep has 1 to 1000 values");
  });
  fuzz::accepts([&] { read_sweep(parse_yaml_value(text, "input")); });
  return 0;
}
