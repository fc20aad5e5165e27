#include "quant/pass/capture_pass.h"

#include <algorithm>

namespace quant {

using autograd::Variable;

CapturePass::CapturePass(nn::Pass& inner, std::vector<std::string> paths, bool stops)
    : WrapPass(inner), captured(paths.size()), paths_(std::move(paths)), stops_(stops) {}

Variable CapturePass::input(const nn::Module& m, int operand, const Variable& x) {
  for (std::size_t i = 0; operand == 0 && i < paths_.size(); ++i) {
    if (paths_[i] != m.path()) continue;
    captured[i] = x.value();
    const auto here = [](const core::Tensor& t) { return t.numel() > 0; };
    if (stops_ && std::all_of(captured.begin(), captured.end(), here)) throw Complete{};
  }
  return WrapPass::input(m, operand, x);
}

}  // namespace quant
