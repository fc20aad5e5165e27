#include "autograd/ops/softmax.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("softmax gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {.name = "matrix", .inputs = {{3, 5}}, .make = [](Variables in) { return softmax(in[0]); }},
      {.name = "one class",
       .inputs = {{4, 1}},
       .make = [](Variables in) { return softmax(in[0]); }},
      {.name = "attention scores",
       .inputs = {{2, 2, 3, 4}},
       .make = [](Variables in) { return softmax(in[0]); }},
      {.name = "of a multiple",
       .inputs = {{4, 5}},
       .make = [](Variables in) { return softmax(in[0], 0.4); }},
      {.name = "vector", .inputs = {{6}}, .make = [](Variables in) { return softmax(in[0]); }},
  };
  support::check_ops(table);
}

TEST_CASE("softmax rows sum to one, far from zero too") {
  const Variable y =
      softmax(Variable(core::Tensor::of<float>({2, 3}, {1000, 1001, 999, -5000, -5000, -5001})));
  const std::vector<double> v = y.value().values();
  CHECK(v[0] + v[1] + v[2] == doctest::Approx(1));
  CHECK(v[3] + v[4] + v[5] == doctest::Approx(1));
}
