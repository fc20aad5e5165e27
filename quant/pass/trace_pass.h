// TracePass: which input and output hooks a forward run calls, in order of execution.
#pragma once

#include <string>
#include <vector>

#include "nn/wrap_pass.h"
#include "quant/pass/quant_pass.h"

namespace quant {

class TracePass final : public nn::WrapPass {
 public:
  struct Call {
    SiteId site;
    std::string module_type;
    Call(SiteId id, std::string_view type) : site(std::move(id)), module_type(type) {}
  };
  using nn::WrapPass::WrapPass;
  autograd::Variable input(const nn::Module& m, int operand, const autograd::Variable& x) override;
  autograd::Variable output(const nn::Module& m, const autograd::Variable& y) override;

  std::vector<Call> calls;
};

/// The activation sites quantised in `pass` that one run on x passes, in order.
std::vector<SiteId> active_sites(const nn::Forward& run, const core::Tensor& x, QuantPass& pass);

}  // namespace quant
