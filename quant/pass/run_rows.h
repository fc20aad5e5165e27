// Running a unit over many samples in pieces, so that only the results are held at once, and where
// a Scratch puts them.
#pragma once

#include <string>
#include <vector>

#include "autograd/variable.h"
#include "core/scratch.h"
#include "nn/pass.h"

namespace quant {

inline constexpr std::int64_t kPiece = 64;  // samples at a time

/// run(x) for all rows of x.  shapes: x (N, ..) -> (N, ..).
core::Tensor run_rows(const nn::Forward& run, const core::Tensor& x, nn::Pass& pass,
                      const core::Scratch& scratch = {});
/// The same in place of x, which gives its memory where rows keep their size and nobody else
/// holds it.
core::Tensor run_rows_over(const nn::Forward& run, core::Tensor x, nn::Pass& pass,
                           const core::Scratch& scratch = {});

/// The same, with the values that arrive at the modules of `paths` (operand 0, before quantisers).
/// Values that are x itself share its memory.
struct CapturedRows {
  core::Tensor y;                    // empty unless wanted
  std::vector<core::Tensor> inputs;  // in order of the paths
};
struct CaptureOptions {
  std::vector<std::string> paths;
  bool output = true;
};
CapturedRows capture_rows(const nn::Forward& run, const core::Tensor& x, nn::Pass& pass,
                          const CaptureOptions& options, const core::Scratch& scratch = {});

}  // namespace quant
