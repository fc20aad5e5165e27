// gradcheck: compares the gradients of a function with central differences, in f64.
//
// The cotangent is random: with all ones a softmax whose backward returns zero would pass.  Every
// element of every differentiable input is moved, so keep the inputs small and away from kinks.
// Refuses inputs that are not f64.
#pragma once

#include <functional>
#include <string>

#include "autograd/variable.h"

namespace autograd {

using CheckedFunction = std::function<Variable(std::span<const Variable>)>;

struct GradcheckOptions {
  double step = 1e-6;         // scaled by max(1, |x|)
  double tolerance = 1e-6;    // on |analytic - numeric| / max(1, |analytic|, |numeric|)
  std::uint64_t seed = 1;     // of the cotangent
  std::vector<bool> fixed{};  // fixed[i]: input i gets no gradient (labels, statistics)
};

struct GradcheckReport {
  bool passed = true;
  double worst = 0;         // the largest error
  int input = -1;           // where it is
  std::int64_t index = -1;  // row-major position in that input
  double analytic = 0;
  double numeric = 0;
  std::int64_t checked = 0;  // elements compared

  std::string str() const;
};

/// Checks d<v, f(inputs)>/d(inputs) for a random v.
/// throws: ShapeError unless all differentiable inputs are f64; Error when f forgets its history.
GradcheckReport gradcheck(const CheckedFunction& f, std::span<const core::Tensor> inputs,
                          const GradcheckOptions& options = {});

}  // namespace autograd
