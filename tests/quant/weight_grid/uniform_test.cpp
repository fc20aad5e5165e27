#include <doctest/doctest.h>

#include "quant/weight_grid/weight_grid.h"
#include "tests/quant/helpers.h"

TEST_CASE("the uniform grid has no level function and leaves weights as they are") {
  const auto uniform = quant_test::make<quant::WeightGrid>("uniform");
  CHECK(uniform->levels() == nullptr);
  std::vector<quant::QuantisedWeight> weights{
      {core::Tensor::zeros({2}), {}, {core::Tensor::full({1}, 1.0), core::Tensor::zeros({1})}}};
  uniform->fit(weights);
  CHECK(weights[0].q.warp.numel() == 0);
}
