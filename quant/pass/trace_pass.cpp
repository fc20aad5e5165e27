#include "quant/pass/trace_pass.h"

namespace quant {

using autograd::Variable;

Variable TracePass::input(const nn::Module& m, int operand, const Variable& x) {
  calls.emplace_back(SiteId{m.path(), operand}, m.type());
  return WrapPass::input(m, operand, x);
}

Variable TracePass::output(const nn::Module& m, const Variable& y) {
  calls.emplace_back(SiteId{m.path(), kOutput}, m.type());
  return WrapPass::output(m, y);
}

std::vector<SiteId> active_sites(const nn::Forward& run, const core::Tensor& x, QuantPass& pass) {
  TracePass trace(pass);
  run(Variable(x), trace);
  std::vector<SiteId> sites;
  for (const TracePass::Call& call : trace.calls) {
    if (pass.activation(call.site.path, call.site.operand)) sites.push_back(call.site);
  }
  return sites;
}

}  // namespace quant
