#include "quant/network/granularity.h"

#include <algorithm>

#include "core/error.h"

namespace quant {
namespace {

constexpr std::size_t kQuarters = 4;

/// "layer1" of "layer1.0"; a stage without a dot is its own group.
std::string group_of(const nn::Stage& stage) { return stage.path.substr(0, stage.path.rfind('.')); }

bool is_block(const nn::Stage& stage) { return stage.path.find('.') != std::string::npos; }

/// Ends of the runs of blocks that belong together, as a function of the number of blocks so far.
std::vector<std::size_t> cuts(const std::vector<nn::Stage>& stages, Granularity granularity) {
  const std::size_t n = stages.size();
  std::vector<std::size_t> ends;
  if (granularity == Granularity::network) return {n};
  std::size_t begin = 0;
  while (begin < n) {
    std::size_t group = begin + 1;  // the end of the run of blocks of one group
    while (group < n && is_block(stages[begin]) &&
           group_of(stages[group]) == group_of(stages[begin]))
      ++group;
    const std::size_t length = group - begin;
    const bool only_group = std::all_of(stages.begin(), stages.end(), [&](const nn::Stage& s) {
      return !is_block(s) || group_of(s) == group_of(stages[begin]);
    });
    std::size_t piece = 1;
    if (granularity == Granularity::two_blocks) piece = 2;
    if (granularity == Granularity::stage)
      piece = only_group ? (length + kQuarters - 1) / kQuarters : length;
    for (std::size_t at = begin + piece; at < group; at += piece) ends.push_back(at);
    ends.push_back(group);
    begin = group;
  }
  return ends;
}

}  // namespace

Granularity granularity_named(std::string_view name) {
  if (name == "layer") return Granularity::layer;
  if (name == "block") return Granularity::block;
  if (name == "two_blocks") return Granularity::two_blocks;
  if (name == "stage") return Granularity::stage;
  if (name == "network") return Granularity::network;
  throw core::InputError(fmt::format(
      "granularity: unknown name '{}'{}", name,
      core::known_hint(std::string(name), {"layer", "block", "two_blocks", "stage", "network"})));
}

nn::Forward run_of(const std::vector<nn::Stage>& stages, std::size_t begin, std::size_t end) {
  return [&stages, begin, end](const autograd::Variable& x, nn::Pass& pass) {
    autograd::Variable y = x;
    for (std::size_t s = begin; s < end; ++s) y = stages[s].run(y, pass);
    return y;
  };
}

std::vector<Section> sections_of(const std::vector<nn::Stage>& stages, Granularity granularity) {
  if (granularity == Granularity::layer)
    throw core::Error("sections: layers are finer than stages");
  std::vector<Section> out;
  std::size_t begin = 0;
  for (const std::size_t end : cuts(stages, granularity)) {
    const std::string& first = stages[begin].path;
    const std::string& last = stages[end - 1].path;
    out.push_back(
        {first == last ? first : first + "-" + last, begin, end, run_of(stages, begin, end)});
    begin = end;
  }
  return out;
}

}  // namespace quant
