#include "autograd/ops/cross_entropy.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("cross entropy gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"hard labels",
       {{3, 5}},
       [](Variables in) {
         return cross_entropy(in[0], core::Tensor::of<std::int64_t>({3}, {4, 0, 2}));
       }},
      {"smoothed",
       {{4, 3}},
       [](Variables in) {
         return cross_entropy(in[0], core::Tensor::of<std::int64_t>({4}, {1, 0, 2, 2}), 0.1);
       }},
      {"one row",
       {{1, 6}},
       [](Variables in) {
         return cross_entropy(in[0], core::Tensor::of<std::int64_t>({1}, {5}), 1.0);
       }},
  };
  support::check_ops(table);
}

TEST_CASE("cross entropy of equal logits is the logarithm of the number of classes") {
  const Variable x(core::Tensor::zeros({2, 10}));
  const core::Tensor labels = core::Tensor::of<std::int64_t>({2}, {3, 9});
  CHECK(cross_entropy(x, labels).value().item() == doctest::Approx(2.302585).epsilon(1e-6));
  CHECK(cross_entropy(x, labels, 0.3).value().item() == doctest::Approx(2.302585).epsilon(1e-6));
}

TEST_CASE("cross entropy refuses labels outside the classes and bad smoothing") {
  const Variable x(core::Tensor::zeros({1, 3}));
  CHECK_THROWS_AS(cross_entropy(x, core::Tensor::of<std::int64_t>({1}, {3})), core::ShapeError);
  CHECK_THROWS_AS(cross_entropy(x, core::Tensor::of<std::int64_t>({1}, {-1})), core::ShapeError);
  CHECK_THROWS_AS(cross_entropy(x, core::Tensor::of<std::int64_t>({2}, {0, 1})), core::ShapeError);
  CHECK_THROWS_AS(cross_entropy(x, core::Tensor::of<std::int64_t>({1}, {0}), 1.5),
                  core::ShapeError);
}
