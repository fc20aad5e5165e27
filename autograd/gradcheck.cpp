#include "autograd/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "autograd/gradients.h"
#include "core/rng.h"

namespace autograd {
namespace {

double inner(const core::Tensor& a, const core::Tensor& b) {
  const std::span<const double> x = a.data<double>(), y = b.data<double>();
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

}  // namespace

std::string GradcheckReport::str() const {
  return fmt::format(
      "{}: worst error {:.3g} at input {} element {}: analytic {:.10g}, numeric {:.10g} "
      "({} elements checked)",
      passed ? "passed" : "FAILED", worst, input, index, analytic, numeric, checked);
}

GradcheckReport gradcheck(const CheckedFunction& f, std::span<const core::Tensor> inputs,
                          const GradcheckOptions& options) {
  const auto is_fixed = [&](std::size_t i) { return i < options.fixed.size() && options.fixed[i]; };
  std::vector<Variable> variables, wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    core::require("gradcheck", is_fixed(i) || inputs[i].dtype() == core::DType::f64,
                  "differentiable inputs must be f64; got input {} {}", i, inputs[i].dtype());
    variables.emplace_back(inputs[i], !is_fixed(i));
    if (!is_fixed(i)) wanted.push_back(variables.back());
  }
  const Variable y = f(variables);
  if (!y.requires_grad() && !wanted.empty()) {
    throw core::Error(
        "gradcheck: the function must keep its history; got a result without gradient");
  }
  core::Rng rng(options.seed);
  const core::Tensor cotangent = rng.normal(y.shape(), 0.0, 1.0, core::DType::f64);
  const std::vector<core::Tensor> analytic = gradients(y, wanted, &cotangent);

  GradcheckReport report;
  std::size_t w = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (is_fixed(i)) continue;
    const core::Tensor& grad = analytic[w++];
    for (std::int64_t k = 0; k < inputs[i].numel(); ++k) {
      const double x = inputs[i].at(k), step = options.step * std::max(1.0, std::abs(x));
      const auto moved = [&](double to) {
        core::Tensor changed = inputs[i];
        changed.writable<double>()[static_cast<std::size_t>(k)] = to;
        std::vector<Variable> constants;
        for (std::size_t j = 0; j < inputs.size(); ++j)
          constants.emplace_back(j == i ? changed : inputs[j]);
        return inner(f(constants).value(), cotangent);
      };
      // x + step and x - step as they are after rounding, so that their distance is exact
      const double up = x + step, down = x - step;
      const double numeric = (moved(up) - moved(down)) / (up - down);
      const double a = grad.at(k);
      double error = std::abs(a - numeric) / std::max({1.0, std::abs(a), std::abs(numeric)});
      if (!std::isfinite(error)) error = INFINITY;
      ++report.checked;
      if (report.input < 0 || error > report.worst) {
        report.worst = error;
        report.input = static_cast<int>(i);
        report.index = k;
        report.analytic = a;
        report.numeric = numeric;
      }
    }
  }
  report.passed = report.worst <= options.tolerance;
  return report;
}

}  // namespace autograd
