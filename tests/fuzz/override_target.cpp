// Overrides of a command line, separated by zero bytes, applied to a small experiment.
#include "experiments/overrides.h"
#include "experiments/spec.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

namespace {

constexpr const char* kExperiment = R"yaml(schema: roundtable/1
name: small
base: {model: {name: resnet20}, learn: {iters: 5}, quant: {weight: {bits: 4}}}
grid: {method: [rtn, brecq], learn.loss: [l2, {name: lp, p: 2.4}]}
vary: [{learn.batch: 4}]
sweep: {learn.optimizer.lr: "log(1e-3, 1, 4)"}
)yaml";

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const core::Value document = parse_yaml(kExperiment, "small.yaml");
  std::vector<std::string> arguments;
  fuzz::Source source(data, size);
  while (!source.empty()) arguments.push_back(source.line());
  fuzz::accepts([&] {
    const std::vector<Override> overrides = parse_overrides(arguments);
    core::Value experiment = document;
    override_document(experiment, overrides);
    parse_spec(experiment, "small.yaml");
  });
  fuzz::accepts([&] {
    core::Value training = document;
    apply_overrides(training, parse_overrides(arguments));
  });
  return 0;
}
