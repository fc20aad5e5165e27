#include "autograd/ops/dropout.h"

#include "autograd/ops/affine.h"
#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("dropout gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"matrix", {{6, 5}}, [](Variables in) { return dropout(in[0], 0.4, core::Rng(3)); }},
      {"size-1 axis", {{1, 20}}, [](Variables in) { return dropout(in[0], 0.1, core::Rng(4)); }},
      {"nothing dropped",
       {{2, 3}},
       [](Variables in) { return affine(dropout(in[0], 0.0, core::Rng(4)), 1.0, 0.0); }},
  };
  support::check_ops(table);
}

TEST_CASE("dropout keeps the stated share, scales it and repeats its mask") {
  const Variable x(core::Tensor::full({100, 100}, 1.0));
  const core::Tensor y = dropout(x, 0.25, core::Rng(9)).value();
  std::int64_t kept = 0;
  for (const double v : y.values()) {
    CHECK((v == 0 || v == doctest::Approx(4.0 / 3)));
    kept += v != 0;
  }
  // 10,000 draws: a standard deviation of 43
  CHECK(std::abs(static_cast<double>(kept) - 7500) < 200);
  CHECK(support::same_bits(y, dropout(x, 0.25, core::Rng(9)).value()));
  CHECK_FALSE(support::same_bits(y, dropout(x, 0.25, core::Rng(10)).value()));
  CHECK_THROWS_AS(dropout(x, 1.0, core::Rng(9)), core::ShapeError);
}
