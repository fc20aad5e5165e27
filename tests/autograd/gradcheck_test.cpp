#include "autograd/gradcheck.h"

#include <doctest/doctest.h>

#include "autograd/ops/affine.h"
#include "autograd/ops/mul.h"
#include "core/kernels/softmax.h"
#include "core/rng.h"

using namespace autograd;

namespace {

core::Tensor numbers(core::Shape shape) {
  return core::Rng(4).normal(shape, 0, 1, core::DType::f64);
}

}  // namespace

TEST_CASE("a softmax whose backward returns zero is caught, thanks to the random cotangent") {
  const auto broken = [](std::span<const Variable> in) {
    return record("broken", core::softmax(in[0].value()), {in[0]},
                  [](const core::Tensor& dy, GradSlots& dx) {
                    dx.add(0, core::Tensor::zeros(dy.shape(), dy.dtype()));
                  });
  };
  const std::vector<core::Tensor> inputs{numbers({3, 4})};
  const GradcheckReport report = gradcheck(broken, inputs);
  CHECK_FALSE(report.passed);
  CHECK(report.worst > 0.01);
}

TEST_CASE("the report points at the wrong element") {
  const auto broken = [](std::span<const Variable> in) {
    return record("broken", in[1].value(), {in[0], in[1]},
                  [](const core::Tensor& dy, GradSlots& dx) {
                    core::Tensor g = dy;
                    g.writable<double>()[4] *= 3;
                    dx.add(1, g);
                  });
  };
  const std::vector<core::Tensor> inputs{numbers({2}), numbers({2, 3})};
  const GradcheckReport report = gradcheck(broken, inputs);
  CHECK_FALSE(report.passed);
  CHECK(report.input == 1);
  CHECK(report.index == 4);
  CHECK(report.analytic == doctest::Approx(3 * report.numeric));
  CHECK(report.checked == 8);
  CHECK(report.str().find("input 1 element 4") != std::string::npos);
}

TEST_CASE("a gradient that is not a number fails") {
  const auto broken = [](std::span<const Variable> in) {
    return record("broken", in[0].value(), {in[0]}, [](const core::Tensor& dy, GradSlots& dx) {
      dx.add(0, core::Tensor::full(dy.shape(), NAN, dy.dtype()));
    });
  };
  const std::vector<core::Tensor> inputs{numbers({2})};
  CHECK_FALSE(gradcheck(broken, inputs).passed);
}

TEST_CASE("a fixed input is not differentiated and may be an integer") {
  const auto f = [](std::span<const Variable> in) {
    CHECK_FALSE(in[1].requires_grad());
    return affine(in[0], static_cast<double>(in[1].value().at(0)), 0);
  };
  const std::vector<core::Tensor> inputs{numbers({2, 2}), core::Tensor::of<std::int64_t>({1}, {3})};
  const GradcheckReport report = gradcheck(f, inputs, {.fixed = {false, true}});
  CHECK_MESSAGE(report.passed, report.str());
  CHECK(report.checked == 4);
}

TEST_CASE("f32 inputs and functions without history are refused") {
  const auto square = [](std::span<const Variable> in) { return mul(in[0], in[0]); };
  const auto forgetful = [](std::span<const Variable> in) { return in[0].detach(); };
  const std::vector<core::Tensor> f32{core::Tensor::zeros({2})}, f64{numbers({2})};
  CHECK_THROWS_AS(gradcheck(square, f32), core::ShapeError);
  CHECK_THROWS_AS(gradcheck(forgetful, f64), core::Error);
}
