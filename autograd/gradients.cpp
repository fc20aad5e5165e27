#include "autograd/gradients.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace autograd {
namespace {

/// One variable of the part of the graph that is worth visiting.
struct Visit {
  const Variable* variable;
  std::size_t inputs = 0;  // where its own begin in Graph::inputs
  bool leads = false;      // reaches a wanted variable
  bool wanted = false;
  GradientSum grad = {};
};

struct Graph {
  std::vector<Visit> order;
  std::vector<int> inputs;  // index in the order of each input of each visit, -1: leads nowhere
};

constexpr int kOpen = -1;  // on the stack, inputs not finished

/// Variables that require a gradient, inputs before users, ending with y.  Only those that lead to
/// a wanted variable carry `leads`.
Graph sort_graph(const Variable& y, std::span<const Variable> wrt,
                 std::unordered_map<const void*, int>& index) {
  constexpr std::size_t kUsual = 256;  // a unit of a network has fewer
  std::vector<const void*> targets;
  for (const Variable& w : wrt) targets.push_back(w.id());
  std::sort(targets.begin(), targets.end(), std::less<>());

  struct Frame {
    const Variable* variable;
    std::size_t next = 0;
  };
  Graph graph;
  std::vector<Visit>& order = graph.order;
  order.reserve(kUsual);
  graph.inputs.reserve(2 * kUsual);
  index.reserve(kUsual);
  std::vector<Frame> stack{{&y}};
  index.emplace(y.id(), kOpen);
  while (!stack.empty()) {
    const Variable& variable = *stack.back().variable;
    const Node* node = variable.node();
    if (node && stack.back().next < node->inputs.size()) {
      const Variable& input = node->inputs[stack.back().next++];
      if (input.requires_grad() && index.emplace(input.id(), kOpen).second)
        stack.push_back({&input});
      continue;
    }
    Visit visit{.variable = &variable, .inputs = graph.inputs.size()};
    visit.wanted = std::binary_search(targets.begin(), targets.end(), variable.id(), std::less<>());
    visit.leads = visit.wanted;
    if (node) {
      for (const Variable& input : node->inputs) {
        const int i = input.requires_grad() ? index.at(input.id()) : -1;
        const bool leads = i >= 0 && order[static_cast<std::size_t>(i)].leads;
        graph.inputs.push_back(leads ? i : -1);
        visit.leads = visit.leads || leads;
      }
    }
    index[variable.id()] = static_cast<int>(order.size());
    order.push_back(std::move(visit));
    stack.pop_back();
  }
  return graph;
}

void backpropagate(Graph& graph) {
  std::vector<Visit>& order = graph.order;
  std::vector<GradientSum*> slots;
  for (std::size_t i = order.size(); i-- > 0;) {
    Visit& visit = order[i];
    if (visit.grad.empty() || !visit.leads) continue;
    const Node* node = visit.variable->node();
    bool inputs_lead = false;
    slots.clear();
    const std::size_t count = node ? node->inputs.size() : 0;
    for (const int input : std::span(graph.inputs).subspan(visit.inputs, count)) {
      slots.push_back(input < 0 ? nullptr : &order[static_cast<std::size_t>(input)].grad);
      inputs_lead = inputs_lead || input >= 0;
    }
    if (inputs_lead) {
      // Moved out unless somebody asked for it, so that the memory goes back as soon as it is used.
      const core::Tensor& value = visit.variable->value();
      core::Tensor dy = visit.wanted ? visit.grad.whole(value.shape(), value.dtype())
                                     : visit.grad.take(value.shape(), value.dtype());
      GradSlots dx(*node, slots);
      node->backward(std::move(dy), dx);
    }
  }
}

}  // namespace

std::vector<core::Tensor> gradients(const Variable& y, std::span<const Variable> wrt,
                                    const core::Tensor* dy) {
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    if (!wrt[i].requires_grad()) {
      throw core::Error(fmt::format(
          "gradients: every element of wrt must require a gradient; element {} {} does not", i,
          wrt[i].shape()));
    }
  }
  const core::Tensor& value = y.value();
  if (dy) {
    core::require("gradients", dy->shape() == value.shape() && dy->dtype() == value.dtype(),
                  "dy must match y; got dy {} {}, y {} {}", dy->dtype(), dy->shape(), value.dtype(),
                  value.shape());
  } else {
    core::require("gradients", value.numel() == 1, "without dy, y must have one element; got y {}",
                  value.shape());
  }

  std::unordered_map<const void*, int> index;
  Graph graph;
  if (y.requires_grad()) {
    graph = sort_graph(y, wrt, index);
    graph.order.back().grad.add(dy ? *dy : core::Tensor::full(value.shape(), 1.0, value.dtype()));
    backpropagate(graph);
  }

  std::vector<core::Tensor> out;
  out.reserve(wrt.size());
  for (const Variable& w : wrt) {
    const auto found = index.find(w.id());
    GradientSum nothing;
    const bool visited = found != index.end();
    GradientSum& grad =
        visited ? graph.order[static_cast<std::size_t>(found->second)].grad : nothing;
    out.push_back(grad.whole(w.shape(), w.value().dtype()));
  }
  return out;
}

}  // namespace autograd
