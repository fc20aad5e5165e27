// Running a unit over many samples in pieces, so that only the results are held in memory at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "nn/pass.h"

namespace quant {

using Run = std::function<autograd::Variable(const autograd::Variable&, nn::Pass&)>;

inline constexpr std::int64_t kPiece = 64;  // samples at a time

/// run(x) for all rows of x.  shapes: x (N, ..) -> (N, ..).
core::Tensor run_rows(const Run& run, const core::Tensor& x, nn::Pass& pass);

/// The same, with the values that arrive at the modules of `paths` (operand 0, before quantisers).
struct CapturedRows {
  core::Tensor y;
  std::vector<core::Tensor> inputs;  // in order of the paths
};
CapturedRows capture_rows(const Run& run, const core::Tensor& x, nn::Pass& pass,
                          const std::vector<std::string>& paths);

}  // namespace quant
