#include "autograd/ops/matmul.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("matmul gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"plain",
       {{3, 4}, {4, 5}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = false, .trans_b = false}); }},
      {"plain, b transposed",
       {{3, 4}, {5, 4}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = false, .trans_b = true}); }},
      {"plain, a transposed",
       {{4, 3}, {4, 5}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = true, .trans_b = false}); }},
      {"plain, a transposed, b transposed",
       {{4, 3}, {5, 4}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = true, .trans_b = true}); }},
      {"batched",
       {{2, 3, 3, 4}, {2, 3, 4, 5}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = false, .trans_b = false}); }},
      {"batched, b transposed",
       {{2, 3, 3, 4}, {2, 3, 5, 4}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = false, .trans_b = true}); }},
      {"batched, a transposed",
       {{2, 3, 4, 3}, {2, 3, 4, 5}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = true, .trans_b = false}); }},
      {"batched, a transposed, b transposed",
       {{2, 3, 4, 3}, {2, 3, 5, 4}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_a = true, .trans_b = true}); }},
      {"size-1 axes", {{1, 4}, {4, 1}}, [](Variables in) { return matmul(in[0], in[1]); }},
      {"rows times matrix", {{2, 3, 4}, {4, 5}}, [](Variables in) { return matmul(in[0], in[1]); }},
      {"rows times transposed matrix",
       {{2, 3, 4}, {5, 4}},
       [](Variables in) { return matmul(in[0], in[1], {.trans_b = true}); }},
      {"a matrix with its own transpose",
       {{3, 4}},
       [](Variables in) { return matmul(in[0], in[0], {.trans_b = true}); }},
  };
  support::check_ops(table);
}

TEST_CASE("matmul in bf16 stays within the rounding of its operands, forward and backward") {
  const OpCase exact{
      "bf16", {{2, 6, 8}, {2, 8, 5}}, [](Variables in) { return matmul(in[0], in[1]); }};
  const OpCase rounded{"bf16", {{2, 6, 8}, {2, 8, 5}}, [](Variables in) {
                         return matmul(in[0], in[1], {.precision = core::Precision::bf16});
                       }};
  const std::vector<core::Tensor> inputs = support::draw_inputs(exact);
  const core::Tensor dy = support::draw_cotangent(exact, inputs);
  const support::OpRun a = support::run_case(rounded, inputs, dy, core::DType::f32);
  const support::OpRun b = support::run_case(exact, inputs, dy, core::DType::f32);
  // bf16 has 8 significant bits: a relative error of 2^-9 an operand
  CHECK(support::relative_difference(a.y, b.y) < 0.01);
  CHECK(support::relative_difference(a.y, b.y) > 0);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK(support::relative_difference(a.grads[i], b.grads[i]) < 0.01);
  }
}

TEST_CASE("matmul and its gradients behind axes of 1 are those without, in f32 and bf16") {
  for (const core::Shape& leading : {core::Shape{1}, core::Shape{1, 1}, core::Shape{1, 1, 1}}) {
    for (const std::int64_t rows : {127, 128, 130}) {
      for (int form = 0; form < 4; ++form) {
        const auto shape = [&](std::int64_t a, std::int64_t b, bool turned, bool behind) {
          std::vector<std::int64_t> dims(behind ? static_cast<std::size_t>(leading.rank()) : 0, 1);
          dims.push_back(turned ? b : a);
          dims.push_back(turned ? a : b);
          return core::Shape(dims);
        };
        const bool ta = (form & 1) != 0, tb = (form & 2) != 0;
        for (const auto precision : {core::Precision::f32, core::Precision::bf16}) {
          CAPTURE(form);
          CAPTURE(rows);
          CAPTURE(leading.str());
          const auto make = [=](Variables in) { return matmul(in[0], in[1], {ta, tb, precision}); };
          const auto run = [&](bool behind) {
            const OpCase c{
                "axes of 1", {shape(rows, 16, ta, behind), shape(16, 32, tb, behind)}, make};
            const std::vector<core::Tensor> inputs = support::draw_inputs(c);
            return support::run_case(c, inputs, support::draw_cotangent(c, inputs),
                                     core::DType::f32);
          };
          const support::OpRun flat = run(false), deep = run(true);
          CHECK(support::same_bits(deep.y.reshape(flat.y.shape()), flat.y));
          for (std::size_t i = 0; i < 2; ++i)
            CHECK(support::same_bits(deep.grads[i].reshape(flat.grads[i].shape()), flat.grads[i]));
        }
      }
    }
  }
}

TEST_CASE("matmul refuses a transposed a with batch axes against a plain b") {
  const Variable a(core::Tensor::zeros({2, 4, 3})), b(core::Tensor::zeros({4, 5}));
  CHECK_THROWS_AS(matmul(a, b, {.trans_a = true}), core::ShapeError);
}
