#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("low_entropy takes the images with the smallest entropy of the softmax") {
  const Index index = draw(*make<quant::CalibrationSet>("low_entropy"), v_shaped_view(), 3);
  CHECK(as_set(index) == std::set<std::int64_t>{0, 1, 39});
}
