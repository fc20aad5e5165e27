#include "autograd/dump.h"

#include <unordered_map>

namespace autograd {
namespace {

struct Entry {
  const Variable* variable;
  std::vector<int> inputs;
};

/// All variables under y, inputs before users; iterative, as a graph can be deep.
std::vector<Entry> entries(const Variable& y) {
  struct Frame {
    const Variable* variable;
    std::size_t next = 0;
  };
  std::unordered_map<const void*, int> index;
  std::vector<Entry> order;
  std::vector<Frame> stack{{&y}};
  index.emplace(y.id(), -1);
  while (!stack.empty()) {
    const Variable& variable = *stack.back().variable;
    const Node* node = variable.node();
    if (node && stack.back().next < node->inputs.size()) {
      const Variable& input = node->inputs[stack.back().next++];
      if (index.emplace(input.id(), -1).second) stack.push_back({&input});
      continue;
    }
    Entry entry{&variable, {}};
    if (node) {
      for (const Variable& input : node->inputs) entry.inputs.push_back(index.at(input.id()));
    }
    index[variable.id()] = static_cast<int>(order.size());
    order.push_back(std::move(entry));
    stack.pop_back();
  }
  return order;
}

std::string_view label(const Variable& variable) {
  if (variable.node()) return variable.node()->op;
  return variable.requires_grad() ? "leaf" : "constant";
}

}  // namespace

std::string to_text(const Variable& y) {
  std::string out;
  const std::vector<Entry> order = entries(y);
  for (std::size_t i = 0; i < order.size(); ++i) {
    out += fmt::format("%{} = {}", i, label(*order[i].variable));
    if (!order[i].inputs.empty()) {
      std::string inputs;
      for (const int input : order[i].inputs)
        inputs += fmt::format("{}%{}", inputs.empty() ? "" : ", ", input);
      out += "(" + inputs + ")";
    }
    out += fmt::format(" {} {}\n", order[i].variable->value().dtype(), order[i].variable->shape());
  }
  return out;
}

std::string to_dot(const Variable& y) {
  std::string out = "digraph graph_of_ops {\n";
  const std::vector<Entry> order = entries(y);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Variable& variable = *order[i].variable;
    out += fmt::format("  n{} [label=\"{}\\n{}\" shape={}];\n", i, label(variable),
                       variable.shape(), variable.node() ? "box" : "ellipse");
    for (const int input : order[i].inputs) out += fmt::format("  n{} -> n{};\n", input, i);
  }
  return out + "}\n";
}

}  // namespace autograd
