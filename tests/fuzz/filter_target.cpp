// Filters of run, table and units, over the cells of a small grid.
#include "experiments/filter.h"

#include "tests/fuzz/fuzz.h"

using namespace experiments;

namespace {

std::vector<Point> points() {
  return expand(parse_spec(parse_yaml(R"(schema: roundtable/1
name: small
base: {model: {name: resnet20}}
grid: {method: [rtn, brecq], quant.weight.bits: [2, 4], learn.loss: [l2, {name: lp, p: 2.4}]}
)",
                                      "small.yaml"),
                           "small.yaml"));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Point> cells = points();
  fuzz::accepts([&] {
    const Filter filter{std::string(fuzz::text(data, size))};
    for (const Point& cell : cells) filter(cell);
    filter.require_match(cells);
  });
  return 0;
}
