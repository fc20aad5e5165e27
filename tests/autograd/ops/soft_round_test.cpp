#include "autograd/ops/soft_round.h"

#include "autograd/ops/affine.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

namespace {

core::Tensor weights(const Variable& like) {
  return core::Rng(21).normal(like.shape(), 0, 1, core::DType::f64).to(like.value().dtype());
}
core::Tensor scales(const Variable& like, std::int64_t count) {
  return core::Rng(22).uniform({count}, 0.3, 0.6, core::DType::f64).to(like.value().dtype());
}
core::Tensor zeros(const Variable& like, std::int64_t count) {
  return core::Tensor::full({count}, 2, like.value().dtype());
}

}  // namespace

TEST_CASE("soft round gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"weights by channel",
       {{4, 6}},
       [](Variables in) {
         return soft_round(affine(in[0], 0.2, 0.5), weights(in[0]), scales(in[0], 4),
                           zeros(in[0], 4), {0, 7});
       }},
      {"one scale, convolution",
       {{2, 3, 1, 3}},
       [](Variables in) {
         return soft_round(affine(in[0], 0.2, 0.5), weights(in[0]), scales(in[0], 1),
                           zeros(in[0], 1), {0, 3});
       }},
  };
  support::check_ops(table);
}

TEST_CASE(
    "soft rounding follows its formula, passes the gradient at the ends of the clip and stops "
    "outside") {
  // s = 0.5, z = 1, codes 0..3; floor(w/s) = -1, 0, 2, 5, -4
  const core::Tensor w = core::Tensor::of<double>({1, 5}, {-0.3, 0.2, 1.1, 2.6, -1.9});
  const core::Tensor s = core::Tensor::of<double>({1}, {0.5}),
                     z = core::Tensor::of<double>({1}, {1});
  const Variable h(core::Tensor::of<double>({1, 5}, {0, 0.25, 0, 1, 0.5}), true);
  const Variable y = soft_round(h, w, s, z, {0, 3});
  const std::vector<Variable> wrt{h};
  const core::Tensor dy = core::Tensor::full({1, 5}, 2, core::DType::f64);
  CHECK(y.value().values() == std::vector<double>{-0.5, 0.125, 1.0, 1.0, -0.5});
  CHECK(gradients(y, wrt, &dy)[0].values() == std::vector<double>{1, 1, 1, 0, 0});
}

TEST_CASE("soft rounding refuses scales that fit no channel") {
  const Variable h(core::Tensor::zeros({2, 3}));
  const core::Tensor three = core::Tensor::full({3}, 1);
  CHECK_THROWS_AS(soft_round(h, h.value(), three, three, {0, 3}), core::ShapeError);
}
