#include "autograd/ops/drop_path.h"

#include "tests/support/op_case.h"

using namespace autograd;
using support::OpCase;
using support::Variables;

TEST_CASE("drop path gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{
      {"tokens", {{8, 2, 3}}, [](Variables in) { return drop_path(in[0], 0.4, core::Rng(3)); }},
      {"vector", {{10}}, [](Variables in) { return drop_path(in[0], 0.5, core::Rng(4)); }},
  };
  support::check_ops(table);
}

TEST_CASE("drop path keeps or drops whole samples") {
  const core::Tensor y =
      drop_path(Variable(core::Tensor::full({400, 3}, 1.0)), 0.5, core::Rng(2)).value();
  const std::vector<double> v = y.values();
  int kept = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    CHECK(v[3 * i] == v[3 * i + 1]);
    CHECK(v[3 * i] == v[3 * i + 2]);
    CHECK((v[3 * i] == 0 || v[3 * i] == 2));
    kept += v[3 * i] != 0;
  }
  CHECK(std::abs(kept - 200) < 60);
  CHECK_THROWS_AS(drop_path(Variable(core::Tensor::zeros({2, 2})), -0.1, core::Rng(2)),
                  core::ShapeError);
}
