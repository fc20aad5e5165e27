// What the tests of losses share: a loss by name, inputs with everything a loss may need filled in,
// and the checks that hold for every loss.
//
// Numbers are drawn in f64 and rounded to f32, so that both types see the same.  The logits depend
// on the prediction through a fixed linear map, as they would through the rest of a network;
// prediction and logits stand for two layers, too.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "autograd/gradcheck.h"
#include "autograd/gradients.h"
#include "autograd/ops/cast.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reshape.h"
#include "core/rng.h"
#include "quant/loss/loss.h"
#include "tests/support/compare.h"

namespace loss_test {

using autograd::Variable;
using core::DType;
using core::Shape;
using core::Tensor;

using Keys = std::initializer_list<std::pair<std::string, core::Value>>;

inline std::unique_ptr<quant::Loss> make(const std::string& name, Keys keys = {}) {
  core::Value tree{core::Value::Map{}};
  for (const auto& [path, value] : keys) tree.set_path(path, value);
  core::Params params(tree);
  auto loss = core::Registry<quant::Loss>::create(name, params);
  params.done();
  return loss;
}

inline Tensor normal(const char* name, const Shape& shape, DType dtype = DType::f64,
                     double std = 1.0) {
  return core::Rng(23).stream(name).normal(shape, 0, std, DType::f64).to(DType::f32).to(dtype);
}

/// All fields, made for this prediction (N, ..); target and sensitivity are rounded to `seen`.
inline quant::LossInputs filled(const Variable& x, DType seen = DType::f64) {
  const DType dtype = x.value().dtype(), wide = core::arithmetic_type(dtype);
  const Shape& shape = x.shape();
  const Shape flat{shape[0], shape.numel() / shape[0]};
  const Tensor tail = normal("tail", {flat[1], 4}, wide, 0.5);
  const auto logits = [&](const Variable& v) {
    return autograd::matmul(autograd::cast(autograd::reshape(v, flat), wide), Variable(tail));
  };
  const Tensor target = normal("target", shape, seen).to(dtype);
  const Variable y(target);
  Tensor labels = Tensor::zeros({shape[0]}, DType::s64);
  for (std::int64_t i = 0; i < shape[0]; ++i) labels.writable<std::int64_t>()[i] = (3 * i + 1) % 4;
  return {x,
          target,
          normal("sensitivity", shape, seen).to(dtype),
          logits(x),
          logits(y).value(),
          {x, logits(x)},
          {target, logits(y).value()},
          {1.0, 0.5},
          labels};
}

struct Result {
  double value;
  Tensor gradient;
};
inline Result run(const quant::Loss& loss, const Tensor& prediction, DType seen = DType::f64) {
  const Variable x(prediction, true);
  const Variable y = loss(filled(x, seen));
  REQUIRE(y.shape() == Shape{});
  CHECK(y.value().dtype() == core::arithmetic_type(prediction.dtype()));
  return {y.value().item(), autograd::gradients(y, std::span(&x, 1))[0]};
}

// Central differences of O(1) functions in f64 are good to about 1e-9; a wrong formula is off by
// 1e-2.
inline constexpr double kGradcheckTolerance = 1e-6;
// A few dozen f32 roundings relative to the largest element.
inline constexpr double kF32Tolerance = 2e-5;

/// Gradcheck in f64 away from kinks, and f32 against f64.
inline void check_loss(const quant::Loss& loss, const Shape& shape = {3, 4, 5}) {
  const Tensor x = normal("prediction", shape);
  const auto report =
      autograd::gradcheck([&](std::span<const Variable> in) { return loss(filled(in[0])); },
                          std::span(&x, 1), {.tolerance = kGradcheckTolerance});
  CHECK_MESSAGE(report.passed, report.str());
  CHECK(report.checked == shape.numel());
  const Result exact = run(loss, x), quick = run(loss, x.to(DType::f32));
  CHECK(quick.value == doctest::Approx(exact.value).epsilon(kF32Tolerance));
  CHECK(support::relative_difference(quick.gradient, exact.gradient) <= kF32Tolerance);
}

/// Value and gradient are zero at the target, within rounding.
inline void check_zero_at_target(const quant::Loss& loss, const Shape& shape = {3, 4, 5}) {
  const Result at = run(loss, normal("target", shape));
  CHECK(std::abs(at.value) <= 1e-14);
  for (const double g : at.gradient.values()) CHECK(std::abs(g) <= 1e-14);
}

/// Value of `loss` for tensors alone.
inline double value(const quant::Loss& loss, const Tensor& prediction, const Tensor& target,
                    const Tensor& sensitivity = {}) {
  return loss({Variable(prediction), target, sensitivity}).value().item();
}

}  // namespace loss_test
