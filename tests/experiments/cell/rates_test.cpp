#include "experiments/cell/rates.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using namespace experiments;

TEST_CASE("a rate is images a second, and learning is slower than rounding") {
  const auto model = quant_test::model("resnet20", 8, 1);
  const double learns = images_per_second(*model, quant_test::recipe({{"learn.iters", 10}}), 3e6);
  const double rounds = images_per_second(*model, quant_test::recipe({{"learn.iters", 0}}), 3e6);
  CHECK(learns > 10);
  CHECK(rounds > learns);
}
