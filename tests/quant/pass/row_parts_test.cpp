#include "quant/pass/row_parts.h"

#include <doctest/doctest.h>

#include "autograd/gradients.h"
#include "nn/layers/linear.h"
#include "quant/pass/quant_pass.h"
#include "tests/support/compare.h"

using autograd::Variable;
using core::Tensor;
using quant::RowPart;

namespace {

const std::vector<RowPart> kParts{{"w[2 bit]", {1, 3}}, {"w[4 bit]", {0, 2}}};

Tensor weight() { return Tensor::of<float>({4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}); }

}  // namespace

TEST_CASE("rows are taken in the order given, and joined they are the weight again") {
  const Tensor w = weight();
  CHECK(quant::take_rows(w, kParts[0].rows).values() == std::vector<double>{10, 11, 30, 31});
  const std::vector<Variable> values{Variable(quant::take_rows(w, kParts[0].rows)),
                                     Variable(quant::take_rows(w, kParts[1].rows))};
  CHECK(support::same_bits(quant::join_rows(values, kParts, w.shape()).value(), w));
}

TEST_CASE("the gradient of joined rows goes back to the rows of each part") {
  const Tensor w = weight();
  const std::vector<Variable> values{Variable(quant::take_rows(w, kParts[0].rows), true),
                                     Variable(quant::take_rows(w, kParts[1].rows), true)};
  const Variable y = quant::join_rows(values, kParts, w.shape());
  const std::vector<Tensor> grads = autograd::gradients(y, values, &w);
  CHECK(grads[0].values() == std::vector<double>{10, 11, 30, 31});
  CHECK(grads[1].values() == std::vector<double>{0, 1, 20, 21});
}

TEST_CASE("every row must come once") {
  const Tensor w = weight();
  const auto refused = [&](std::vector<RowPart> parts) {
    std::vector<Variable> values;
    for (const RowPart& part : parts)
      values.emplace_back(Tensor::zeros({static_cast<std::int64_t>(part.rows.size()), 2}));
    CHECK_THROWS_AS(quant::join_rows(values, parts, w.shape()), core::ShapeError);
  };
  refused({{"a", {0, 1}}, {"b", {2}}});
  refused({{"a", {0, 1}}, {"b", {1, 2, 3}}});
  refused({{"a", {0, 1, 2, 4}}});
  refused({});
  CHECK_THROWS_AS(quant::take_rows(w, std::vector<std::int64_t>{4}), core::ShapeError);
}

TEST_CASE("a pass joins a parameter from its parts; a part that is not set keeps its float rows") {
  nn::Linear layer(2, 4, false);
  const nn::Parameter p{"w", weight()};
  quant::QuantPass pass(core::Precision::f32);
  pass.set_rows("w", kParts);
  CHECK(support::same_bits(pass.parameter(layer, p).value(), weight()));
  pass.set_parameter("w[2 bit]", Variable(Tensor::zeros({2, 2})));
  CHECK(pass.parameter(layer, p).value().values() == std::vector<double>{0, 1, 0, 0, 20, 21, 0, 0});
}
