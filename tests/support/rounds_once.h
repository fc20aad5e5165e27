// Gradients in bf16 that are sums over stretched axes: summed first, rounded once.
#pragma once

#include "tests/support/op_case.h"

namespace support {

/// Whether every gradient of the case on bf16 operands (`last`: the type of the last one) is that
/// of f64 but for one rounding to its type and those of sums in f32.
inline void check_rounds_once(const OpCase& c, core::DType last = core::DType::bf16) {
  constexpr double kHalfUnit = 0x1p-8, kSum = 0x1p-20;
  const auto narrow = [](const core::Tensor& t) { return t.to(core::DType::bf16); };
  const auto magnitude = [](const core::Tensor& t) {
    core::Tensor out = t;
    for (double& v : out.writable<double>()) v = std::abs(v);
    return out;
  };
  std::vector<core::Tensor> inputs = draw_inputs(c), sizes;
  std::vector<autograd::Variable> variables;
  for (core::Tensor& x : inputs) {
    const bool is_last = variables.size() + 1 == inputs.size();
    const core::Tensor stored = is_last ? x.to(last) : narrow(x);
    variables.emplace_back(stored, true);
    x = stored.to(core::DType::f64);
    sizes.push_back(magnitude(x));
  }
  const core::Tensor dy = narrow(draw_cotangent(c, inputs));
  const core::Tensor slopes = dy.to(core::DType::f64);
  const OpRun exact = run_case(c, inputs, slopes, core::DType::f64);
  const OpRun large = run_case(c, sizes, magnitude(slopes), core::DType::f64);
  const std::vector<core::Tensor> got = autograd::gradients(c.make(variables), variables, &dy);
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(c.name);
    CAPTURE(i);
    REQUIRE(got[i].dtype() == variables[i].value().dtype());
    const double rounding = got[i].dtype() == core::DType::bf16 ? kHalfUnit * 1.001 : 0;
    for (std::int64_t k = 0; k < got[i].numel(); ++k) {
      const double truth = exact.grads[i].at(k);
      const double bound = rounding * std::abs(truth) + kSum * std::abs(large.grads[i].at(k));
      REQUIRE(std::abs(got[i].at(k) - truth) <= bound);
    }
  }
}

/// The same over shapes that stretch either operand of `make`, or both, beside bf16 and beside f32.
inline void check_rounds_once(const char* op, std::function<autograd::Variable(Variables)> make,
                              double low) {
  const std::vector<std::vector<core::Shape>> shapes{{{5, 1, 2, 16}, {5, 40, 2, 16}},
                                                     {{5, 40, 2, 16}, {5, 1, 2, 16}},
                                                     {{3, 1, 100}, {3, 64, 100}},
                                                     {{3, 64, 100}, {3, 1, 100}},
                                                     {{5, 9, 3}, {3}},
                                                     {{5, 9, 3}, {}},
                                                     {{5, 9, 3}, {9, 1}},
                                                     {{7, 1}, {1, 300}},
                                                     {{300}, {2, 300}}};
  for (const std::vector<core::Shape>& s : shapes) {
    const OpCase c{.name = std::string(op) + s[0].str() + s[1].str(),
                   .inputs = s,
                   .make = make,
                   .low = low,
                   .high = 2};
    check_rounds_once(c);
    check_rounds_once(c, core::DType::f32);
  }
  check_rounds_once({.name = std::string(op) + " beside f32",
                     .inputs = {{6, 50}, {6, 50}},
                     .make = make,
                     .low = low,
                     .high = 2},
                    core::DType::f32);
}

}  // namespace support
