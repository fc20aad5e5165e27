#include <doctest/doctest.h>

#include "tests/quant/variable/cases.h"

using core::Tensor;
using quant::RoundingVariable;

TEST_CASE("full_range reaches every code of the grid and no other") {
  const auto variable = quant_test::make<RoundingVariable>("full_range");
  const auto weight = quant_test::step_one(Tensor::full({16}, 0.3));
  Tensor v = Tensor::zeros({16});
  for (int i = 0; i < 16; ++i) v.writable<float>()[i] = static_cast<float>(i - 8);
  std::vector<double> all(16);
  for (int i = 0; i < 16; ++i) all[static_cast<std::size_t>(i)] = i;
  CHECK(variable->harden(weight, std::vector{v}).values() == all);
  v.writable<float>()[0] = -100;
  v.writable<float>()[15] = 100;
  CHECK(variable->harden(weight, std::vector{v}).values() == all);
}
