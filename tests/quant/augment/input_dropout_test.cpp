#include "tests/quant/augment/table.h"

TEST_CASE("input dropout makes the stated share zero and lets the rest grow") {
  const core::Tensor y =
      augment_test::apply("input_dropout", core::Tensor::full({100, 100}, 1), {{"p", 0.2}});
  std::int64_t zeros = 0;
  for (const double v : y.values()) {
    CHECK((v == 0 || v == doctest::Approx(1.25)));
    zeros += v == 0;
  }
  CHECK(std::abs(static_cast<double>(zeros) - 2000) < 200);
}
