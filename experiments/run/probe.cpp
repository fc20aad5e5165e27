#include "experiments/run/probe.h"

#include <charconv>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <vector>

#include "core/error.h"
#include "experiments/process/child.h"
#include "experiments/text/json.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

/// The rate that a child printed; 0 when it did not.
double number(const std::string& text) {
  double rate = 0;
  std::from_chars(text.data(), text.data() + text.size(), rate);
  return rate;
}

}  // namespace

double probe_split(const std::string& program, const std::string& file, const Cell& cell,
                   const Split& split) {
  const std::vector<std::string> arguments{"probe", "--file", file, "--threads",
                                           std::to_string(split.threads)};
  std::vector<Child> children;
  for (int k = 0; k < split.workers; ++k) children.emplace_back(program, arguments);
  for (Child& c : children) {
    c.send(json_text(cell.config));
    c.close_input();
  }
  double rate = 0;
  bool all = true;
  for (Child& c : children) {
    const std::string said = c.read_all();
    const double own = c.wait().good() ? number(said) : 0;
    all = all && own > 0;
    rate += own;
  }
  if (!all)
    throw core::Error(fmt::format("probe: a worker with {} threads did not answer", split.threads));
  return rate;
}

void answer_probe(Workbench& workbench) {
  const std::string text{std::istreambuf_iterator<char>(std::cin),
                         std::istreambuf_iterator<char>()};
  std::printf("%s\n", core::real_text(workbench.measure(parse_json(text, "probe"))).c_str());
}

}  // namespace experiments
