// CapturePass: keeps the values that arrive at operand 0 of given modules, before any quantiser.
#pragma once

#include <string>
#include <vector>

#include "nn/wrap_pass.h"

namespace quant {

class CapturePass final : public nn::WrapPass {
 public:
  /// Thrown when all have arrived, for those who want nothing of what follows.
  struct Complete {};

  CapturePass(nn::Pass& inner, std::vector<std::string> paths, bool stops = false);
  autograd::Variable input(const nn::Module& m, int operand, const autograd::Variable& x) override;

  std::vector<core::Tensor> captured;  // in order of the paths

 private:
  std::vector<std::string> paths_;
  bool stops_;
};

}  // namespace quant
