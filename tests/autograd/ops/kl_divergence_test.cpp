#include "autograd/ops/kl_divergence.h"

#include "core/kernels/softmax.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("kl divergence gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"probabilities",
       {{3, 5}},
       [](Variables in) {
         return kl_divergence(
             core::softmax(core::Rng(5).normal(in[0].shape(), 0, 1, core::DType::f64))
                 .to(in[0].value().dtype()),
             in[0]);
       }},
      {"temperature",
       {{4, 3}},
       [](Variables in) {
         return kl_divergence(
             core::softmax(core::Rng(5).normal(in[0].shape(), 0, 1, core::DType::f64))
                 .to(in[0].value().dtype()),
             in[0], {.temperature = 4});
       }},
      {"times T squared",
       {{2, 2, 3}},
       [](Variables in) {
         return kl_divergence(
             core::softmax(core::Rng(5).normal(in[0].shape(), 0, 1, core::DType::f64))
                 .to(in[0].value().dtype()),
             in[0], {.temperature = 3, .times_t_squared = true});
       }},
      {"target logits",
       {{1, 6}},
       [](Variables in) {
         return kl_divergence_logits(
             core::Rng(5).normal(in[0].shape(), 0, 1, core::DType::f64).to(in[0].value().dtype()),
             in[0], {.temperature = 2});
       }},
  };
  support::check_ops(table);
}

TEST_CASE("the divergence of a row from itself is zero and its gradient vanishes") {
  const core::Tensor logits = core::Tensor::of<double>({2, 3}, {1, 2, 0, -1, 0.5, 3});
  const Variable x(logits, true);
  const Variable loss = kl_divergence_logits(logits, x, {.temperature = 2});
  const std::vector<Variable> wrt{x};
  CHECK(std::abs(loss.value().item()) < 1e-15);
  for (const double g : gradients(loss, wrt)[0].values()) CHECK(std::abs(g) < 1e-15);
}

TEST_CASE("a one-hot target makes the divergence a cross entropy") {
  const Variable x(core::Tensor::of<double>({1, 3}, {1, 2, 0}));
  const core::Tensor p = core::Tensor::of<double>({1, 3}, {0, 1, 0});
  const double expected = -std::log(std::exp(2.0) / (std::exp(1.0) + std::exp(2.0) + 1));
  CHECK(kl_divergence(p, x).value().item() == doctest::Approx(expected).epsilon(1e-12));
  CHECK_THROWS_AS(kl_divergence(p, x, {.temperature = 0}), core::ShapeError);
}
