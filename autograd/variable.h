// Variable: a tensor in a differentiable computation, and `record`, the one way an op enters the
// graph.
//
// A graph is owned by its outputs: there is no tape, no `.grad` field and no gradient mode.  An op
// whose inputs need no gradient leaves no node behind, so plain inference builds no graph. Backward
// closures capture Tensors, never the output Variable (that would be a leak cycle).  First order
// only: backward works on Tensors.  Destruction of a graph uses a worklist, so its depth is bounded
// by memory alone.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "autograd/gradient_sum.h"
#include "core/tensor.h"

namespace autograd {

struct Node;

class Variable {
 public:
  /// A leaf.
  explicit Variable(core::Tensor value, bool requires_grad = false);

  const core::Tensor& value() const;
  const core::Shape& shape() const { return value().shape(); }
  bool requires_grad() const;
  /// The same value without history.
  Variable detach() const;
  /// The node that made this variable; nullptr for leaves.
  const Node* node() const;
  /// Identity, for maps keyed by variable.
  const void* id() const { return impl_.get(); }

 private:
  struct Impl;
  friend Variable record(std::string_view, core::Tensor, std::vector<Variable>,
                         std::function<void(core::Tensor, class GradSlots&)>);
  explicit Variable(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

/// Handed to every backward: which inputs want a gradient, and where it goes.
class GradSlots {
 public:
  /// One slot per input; a null pointer means that this input's gradient is not wanted.
  GradSlots(const Node& node, std::span<GradientSum* const> slots) : node_(node), slots_(slots) {}
  /// False means: skip the work.
  bool wants(int input) const;
  /// Adds to the gradient of an input; does nothing for one that is not wanted.
  /// throws: ShapeError naming the op when shape or dtype differ from the input's value.
  void add(int input, core::Tensor grad);
  /// Adds to its rows from `begin` on.  throws: ShapeError unless grad is rows of the value.
  void add_rows(int input, std::int64_t begin, core::Tensor grad);

 private:
  const Node& node_;
  std::span<GradientSum* const> slots_;
};

/// dy is the backward's own: where nobody else holds it, a gradient may take over its memory.
using Backward = std::function<void(core::Tensor dy, GradSlots& dx)>;

struct Node {
  std::string_view op;
  std::vector<Variable> inputs;
  Backward backward;
};

/// The result `y` of an op over `inputs`; keeps `backward` only if some input requires a gradient.
Variable record(std::string_view op, core::Tensor y, std::vector<Variable> inputs,
                Backward backward);

}  // namespace autograd
