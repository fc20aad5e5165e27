#include "quant/pass/quant_pass.h"

#include <cmath>

#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/broadcast_to.h"
#include "autograd/ops/lsq_quantize.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/permute.h"
#include "quant/grid/act_table.h"

namespace quant {

using autograd::Variable;

Variable ActQuantiser::operator()(const Variable& x, std::optional<core::Choice> choice) const {
  autograd::LsqOptions options{
      .q_min = double(grid.qmin()), .q_max = double(grid.qmax()), .choice = choice};
  if (scale_gradient)
    options.grad_scale = 1.0 / std::sqrt(static_cast<double>(x.shape().numel()) * grid.qmax());
  if (table) return on_table(x, scale, table, {.grad_scale = options.grad_scale, .choice = choice});
  Variable s = scale, z = learned_zero ? *learned_zero : Variable(zero);
  if (factor.numel() > 0) {
    s = autograd::mul(autograd::broadcast_to(s, factor.shape()), Variable(factor));
    z = autograd::broadcast_to(z, factor.shape());
  }
  if (!per_head) return autograd::lsq_quantize(x, s, z, options);
  // heads last, where steps by channel stand: (B,H,N,d) -> (B,N,d,H) and back
  return autograd::permute(
      autograd::lsq_quantize(autograd::permute(x, {0, 2, 3, 1}), s, z, options), {0, 3, 1, 2});
}

void QuantPass::set_parameter(const std::string& path, Variable value) {
  parameters_.insert_or_assign(path, std::move(value));
}

void QuantPass::set_rows(const std::string& path, std::vector<RowPart> parts) {
  rows_.insert_or_assign(path, std::move(parts));
}

void QuantPass::set_activation(const SiteId& site, ActQuantiser quantiser) {
  activations_[site.path].at(static_cast<std::size_t>(site.operand + 1)) = std::move(quantiser);
}

const ActQuantiser* QuantPass::activation(const std::string& path, int operand) const {
  const auto found = activations_.find(path);
  if (found == activations_.end()) return nullptr;
  const auto& slot = found->second.at(static_cast<std::size_t>(operand + 1));
  return slot ? &*slot : nullptr;
}

Variable QuantPass::parameter(const nn::Module&, const nn::Parameter& p) {
  if (const auto joined = rows_.find(p.path); joined != rows_.end()) {
    std::vector<Variable> values;
    for (const RowPart& part : joined->second) {
      const auto own = parameters_.find(part.parameter);
      values.push_back(own != parameters_.end() ? own->second
                                                : Variable(take_rows(p.value, part.rows)));
    }
    return join_rows(values, joined->second, p.value.shape());
  }
  const auto found = parameters_.find(p.path);
  return found != parameters_.end() ? found->second : Variable(p.value);
}

Variable QuantPass::apply(const nn::Module& site, int operand, const Variable& x) const {
  if (!activations_on_) return x;
  const ActQuantiser* quantiser = activation(site.path(), operand);
  if (!quantiser) return x;
  std::optional<core::Choice> choice;
  if (share_ != 1) {
    choice.emplace(share_,
                   rng_.stream(site.path()).stream(static_cast<std::uint64_t>(operand + 1)));
  }
  const Variable quantised = (*quantiser)(x, choice);
  if (faded_in_ == 1) return quantised;
  return autograd::add(autograd::affine(x, 1.0 - faded_in_, 0.0),
                       autograd::affine(quantised, faded_in_, 0.0));
}

Variable QuantPass::input(const nn::Module& site, int operand, const Variable& x) {
  return apply(site, operand, x);
}

Variable QuantPass::output(const nn::Module& site, const Variable& y) {
  return apply(site, kOutput, y);
}

}  // namespace quant
