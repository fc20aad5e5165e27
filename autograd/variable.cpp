#include "autograd/variable.h"

namespace autograd {

struct Variable::Impl {
  core::Tensor value;
  bool requires_grad = false;
  std::unique_ptr<Node> node;

  Impl(core::Tensor v, bool grad, std::unique_ptr<Node> n)
      : value(std::move(v)), requires_grad(grad), node(std::move(n)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Letting the members destroy themselves would recurse once per node; a worklist does not.
  ~Impl() {
    if (!node) return;
    std::vector<std::shared_ptr<Impl>> doomed;
    take_inputs(*node, doomed);
    while (!doomed.empty()) {
      const std::shared_ptr<Impl> last = std::move(doomed.back());
      doomed.pop_back();
      if (last.use_count() == 1 && last->node) {
        take_inputs(*last->node, doomed);
        last->node.reset();
      }
    }
  }

 private:
  static void take_inputs(Node& node, std::vector<std::shared_ptr<Impl>>& into) {
    for (Variable& input : node.inputs) into.push_back(std::move(input.impl_));
    node.inputs.clear();
  }
};

Variable::Variable(core::Tensor value, bool requires_grad)
    : impl_(std::make_shared<Impl>(std::move(value), requires_grad, nullptr)) {
  const core::DType type = core::arithmetic_type(impl_->value.dtype());
  core::require("variable", !requires_grad || type == core::DType::f32 || type == core::DType::f64,
                "only f32, f64 and bf16 values can require a gradient; got {}", type);
}

const core::Tensor& Variable::value() const { return impl_->value; }
bool Variable::requires_grad() const { return impl_->requires_grad; }
Variable Variable::detach() const { return Variable(impl_->value); }
const Node* Variable::node() const { return impl_->node.get(); }

bool GradSlots::wants(int input) const {
  return slots_[static_cast<std::size_t>(input)] != nullptr;
}

void GradSlots::add(int input, core::Tensor grad) {
  const auto i = static_cast<std::size_t>(input);
  if (slots_[i] == nullptr) return;
  const core::Tensor& value = node_.inputs[i].value();
  core::require(node_.op, grad.shape() == value.shape() && grad.dtype() == value.dtype(),
                "the gradient of input {} must match its value; got gradient {} {}, value {} {}",
                input, grad.dtype(), grad.shape(), value.dtype(), value.shape());
  slots_[i]->add(std::move(grad));
}

void GradSlots::add_rows(int input, std::int64_t begin, core::Tensor grad) {
  const auto i = static_cast<std::size_t>(input);
  if (slots_[i] == nullptr) return;
  const core::Tensor& value = node_.inputs[i].value();
  const core::Shape &rows = grad.shape(), &all = value.shape();
  core::require(node_.op,
                grad.dtype() == value.dtype() && rows.rank() == all.rank() && all.rank() > 0 &&
                    rows == all.with(0, rows[0]) && begin >= 0 && begin + rows[0] <= all[0],
                "the gradient of rows of input {} must be rows of its value; got gradient {} {} "
                "from row {}, value {} {}",
                input, grad.dtype(), rows, begin, value.dtype(), all);
  slots_[i]->add_rows(begin, std::move(grad));
}

Variable record(std::string_view op, core::Tensor y, std::vector<Variable> inputs,
                Backward backward) {
  bool any = false;
  for (const Variable& input : inputs) any = any || input.requires_grad();
  if (!any) return Variable(std::move(y));
  auto node = std::make_unique<Node>(Node{op, std::move(inputs), std::move(backward)});
  return Variable(std::make_shared<Variable::Impl>(std::move(y), true, std::move(node)));
}

}  // namespace autograd
