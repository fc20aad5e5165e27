#include "quant/loss/sensitivity.h"

#include "autograd/ops/gelu.h"
#include "autograd/ops/linear.h"
#include "tests/quant/loss/cases.h"

using namespace loss_test;

namespace {

/// Two layers with a smooth bend: y (N, 6) -> logits (N, 4).
quant::Tail tail(DType dtype) {
  return [dtype](const Variable& y) {
    const Variable a(normal("first", {8, 6}, dtype, 0.5)), b(normal("second", {4, 8}, dtype));
    return autograd::linear(autograd::gelu(autograd::linear(y, a)), b);
  };
}

Tensor sensitivity(const quant::LossNeeds& needs, const Tensor& y) {
  const quant::Tail rest = tail(y.dtype());
  return quant::task_sensitivity(needs, rest, y, rest(Variable(y)).value());
}

}  // namespace

TEST_CASE("the sensitivity is the gradient of the sample's own cross entropy") {
  const Tensor y = normal("target", {3, 6});
  const Tensor g = sensitivity({.sensitivity = true}, y);
  for (std::int64_t s = 0; s < 3; ++s) {
    const Tensor one = y.rows(s, 1);
    const auto task = [&](const Tensor& at) {
      const Tensor z = tail(DType::f64)(Variable(at)).value();
      const Tensor label = core::argmax_last(tail(DType::f64)(Variable(one)).value());
      return autograd::cross_entropy(Variable(z), label).value().item();
    };
    for (int i = 0; i < 6; ++i) {
      Tensor up = one, down = one;
      up.writable<double>()[i] += 1e-5;
      down.writable<double>()[i] -= 1e-5;
      CHECK(g.at(6 * s + i) == doctest::Approx((task(up) - task(down)) / 2e-5).epsilon(1e-6));
    }
  }
}

TEST_CASE("the divergence has no gradient at the float output, but its difference has curvature") {
  const Tensor y = normal("target", {3, 6});
  const quant::LossNeeds needs{.sensitivity = true, .perturbation = 1e-3, .temperature = 2.0};
  const Tensor h = sensitivity(needs, y);
  // 2 e times row sums of the Hessian: central differences of the divergence along (1, .., 1)
  const Tensor z = tail(DType::f64)(Variable(y)).value();
  const auto gradient = [&](double shift) {
    const Variable x(core::affine(y, 1.0, shift), true);
    const Variable kl =
        autograd::kl_divergence_logits(z, tail(DType::f64)(x), {.temperature = 2.0});
    return autograd::gradients(kl, std::span(&x, 1))[0];
  };
  for (const double g : gradient(0).values()) CHECK(std::abs(g) < 1e-15);
  const Tensor expected = core::affine(core::sub(gradient(1e-4), gradient(-1e-4)), 3 * 10.0, 0);
  CHECK(support::relative_difference(h, expected) < 1e-4);
}

TEST_CASE("in f32 a perturbation of 1e-2 finds the curvature and one of 1e-6 mostly rounding") {
  const Tensor y = normal("target", {16, 6});
  const auto error = [&](double e) {
    const quant::LossNeeds wide{.sensitivity = true, .perturbation = e, .temperature = 20.0};
    const quant::LossNeeds exact{.sensitivity = true, .perturbation = 1e-5, .temperature = 20.0};
    return support::relative_difference(
        core::affine(sensitivity(wide, y.to(DType::f32)), 1e-5 / e, 0.0), sensitivity(exact, y));
  };
  CHECK(error(1e-2) < 1e-3);
  CHECK(error(1e-6) > 0.05);
}

TEST_CASE("sensitivities refuse logits of another number of samples") {
  CHECK_THROWS_AS(quant::task_sensitivity({.sensitivity = true}, tail(DType::f32),
                                          Tensor::zeros({3, 6}), Tensor::zeros({2, 4})),
                  core::ShapeError);
}
