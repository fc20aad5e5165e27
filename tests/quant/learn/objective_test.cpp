#include "quant/learn/objective.h"

#include <doctest/doctest.h>

#include "autograd/ops/linear.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

struct Probe final : nn::Module {
  std::string_view type() const override { return "Probe"; }
};

/// y = 2 x with w in place of the 2.
struct Line {
  Probe probe;
  Tensor two = Tensor::full({1, 1}, 2);
  quant::UnitData data;
  quant::Unit unit{"line", [this](const Variable& x, nn::Pass& p) {
                     return autograd::linear(x, p.parameter(probe, {"w", two}));
                   }};
  quant::QuantPass pass{core::Precision::f32};

  Line() {
    data.x_quant = data.x_float = Tensor::of<float>({4, 1}, {1, 2, 3, -4});
    data.y_float = Tensor::of<float>({4, 1}, {2, 4, 6, -8});
  }
};

}  // namespace

TEST_CASE("the loss over stored rows and its gradient, by hand") {
  Line line;
  const quant::Recipe recipe = quant_test::recipe({});
  const quant::Objective objective{line.unit, line.data, recipe.learn, line.pass};
  CHECK(objective.loss(256) == 0);
  const Variable w(Tensor::full({1, 1}, 3), true);
  line.pass.set_parameter("w", w);
  CHECK(objective.loss(2) == doctest::Approx((1 + 4) / 2.0));  // (3 - 2)^2 x^2
  CHECK(objective.loss(256) == doctest::Approx((1 + 4 + 9 + 16) / 4.0));
  const auto grads = objective.gradients(2, std::span(&w, 1));
  CHECK(grads[0].item() == doctest::Approx(2 * (1 + 4) / 2.0));
}

TEST_CASE("a step that sees all rows has the loss over stored rows") {
  Line line;
  const quant::Recipe recipe = quant_test::recipe({{"learn.batch", 4}, {"learn.iters", 3}});
  const quant::Objective objective{line.unit, line.data, recipe.learn, line.pass};
  line.pass.set_parameter("w", Variable(Tensor::full({1, 1}, 2.5)));
  CHECK(objective.at_step(1, core::Rng(1)).value().item() == doctest::Approx(objective.loss(256)));
}
