#include "quant/loss/divergence.h"

#include "tests/quant/loss/cases.h"

using namespace loss_test;

namespace {

/// KL(p || q) written as a divergence: the op of autograd is the definition.
struct Forward {
  template <class T>
  T value(T p, T, T d) const {
    return -p * d;
  }
  template <class T>
  T slope(T d) const {
    return -core::math::exp(-d);
  }
};

quant::DivergenceOptions options(double temperature, bool squared) {
  core::Value tree{core::Value::Map{}};
  tree.set_path("temperature", temperature);
  tree.set_path("times_t_squared", squared);
  core::Params params(tree);
  return quant::DivergenceOptions(params);
}

}  // namespace

TEST_CASE("the divergence driver gives kl when asked for KL(p || q)") {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const double tolerance = dtype == DType::f64 ? 1e-13 : 1e-5;
    for (const auto& [t, squared] : {std::pair{1.0, false}, std::pair{3.0, true}}) {
      const Variable x(normal("prediction", {4, 3, 70}, dtype), true);
      const Tensor y = normal("target", {4, 3, 70}, dtype);
      const Variable ours = quant::divergence("test", {x, y}, options(t, squared), Forward{});
      const Variable kl = (*make("kl", {{"temperature", t}, {"times_t_squared", squared}}))({x, y});
      CHECK(ours.value().item() == doctest::Approx(kl.value().item()).epsilon(tolerance));
      CHECK(support::relative_difference(autograd::gradients(ours, std::span(&x, 1))[0],
                                         autograd::gradients(kl, std::span(&x, 1))[0]) < tolerance);
    }
  }
}

TEST_CASE("divergences refuse a temperature of zero and different shapes") {
  CHECK_THROWS_AS(options(0.0, false), core::ConfigError);
  CHECK_THROWS_AS(
      quant::divergence("test", {Variable(Tensor::zeros({2, 3})), Tensor::zeros({3, 2})},
                        options(1, false), Forward{}),
      core::ShapeError);
}
