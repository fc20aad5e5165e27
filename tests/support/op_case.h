// OpCase: one row of an op's test table, and the readers of such tables.
//
// check_ops runs every row through gradcheck (f64, random cotangent) and compares values and
// gradients of the f32 kernels with the f64 ones.  Inputs are uniform in [low, high], rounded to
// f32 so that both types see the same numbers; the seed is fixed, and the ranges keep clear of
// poles.
#pragma once

#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "autograd/gradients.h"
#include "core/rng.h"
#include "tests/support/compare.h"

namespace support {

using Variables = std::span<const autograd::Variable>;

// Central differences of O(1) functions in f64 are good to about 1e-9; a wrong formula is off by
// 1e-2.
inline constexpr double kGradcheckTolerance = 1e-6;
// A few dozen f32 roundings relative to the largest element.
inline constexpr double kF32Tolerance = 2e-5;

struct OpCase {
  std::string name;
  std::vector<core::Shape> inputs;
  std::function<autograd::Variable(Variables)> make;
  double tol = kGradcheckTolerance;
  double low = -2, high = 2;
  double f32_tol = kF32Tolerance;
  bool straight_through = false;  // the gradient is not the derivative: no gradcheck
};

inline std::vector<core::Tensor> draw_inputs(const OpCase& c) {
  std::vector<core::Tensor> inputs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    core::Rng rng = core::Rng(17).stream(c.name).stream(i);
    inputs.push_back(rng.uniform(c.inputs[i], c.low, c.high, core::DType::f64)
                         .to(core::DType::f32)
                         .to(core::DType::f64));
  }
  return inputs;
}

struct OpRun {
  core::Tensor y;
  std::vector<core::Tensor> grads;
};

/// Value and gradients in `dtype`; the cotangent is `dy` converted.
inline OpRun run_case(const OpCase& c, const std::vector<core::Tensor>& inputs,
                      const core::Tensor& dy, core::DType dtype) {
  std::vector<autograd::Variable> variables;
  for (const core::Tensor& x : inputs) variables.emplace_back(x.to(dtype), true);
  const autograd::Variable y = c.make(variables);
  const core::Tensor cotangent = dy.to(dtype);
  return {y.value(), autograd::gradients(y, variables, &cotangent)};
}

inline core::Tensor draw_cotangent(const OpCase& c, const std::vector<core::Tensor>& inputs) {
  std::vector<autograd::Variable> constants(inputs.begin(), inputs.end());
  core::Rng rng = core::Rng(18).stream(c.name);
  const core::Shape shape = c.make(constants).shape();
  return rng.normal(shape, 0.0, 1.0, core::DType::f64).to(core::DType::f32).to(core::DType::f64);
}

inline void check_op(const OpCase& c) {
  const std::vector<core::Tensor> inputs = draw_inputs(c);
  if (!c.straight_through) {
    const autograd::GradcheckReport report =
        autograd::gradcheck(c.make, inputs, {.tolerance = c.tol});
    CHECK_MESSAGE(report.passed, c.name << ": " << report.str());
    CHECK_MESSAGE(report.checked > 0, c.name << ": nothing was checked");
  }
  const core::Tensor dy = draw_cotangent(c, inputs);
  const OpRun exact = run_case(c, inputs, dy, core::DType::f64);
  const OpRun quick = run_case(c, inputs, dy, core::DType::f32);
  CHECK(exact.y.dtype() == core::DType::f64);
  CHECK(quick.y.dtype() == core::DType::f32);
  CHECK_MESSAGE(relative_difference(quick.y, exact.y) <= c.f32_tol, c.name << ": f32 value");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK_MESSAGE(relative_difference(quick.grads[i], exact.grads[i]) <= c.f32_tol,
                  c.name << ": f32 gradient of input " << i);
  }
}

/// Every row as a named sub-case.
inline void check_ops(const std::vector<OpCase>& table) {
  for (const OpCase& c : table) {
    SUBCASE(c.name.c_str()) { check_op(c); }
  }
}

}  // namespace support
