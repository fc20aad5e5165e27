#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("least_confident takes the images with the smallest maximum of the softmax") {
  const Index index = draw(*make<quant::CalibrationSet>("least_confident"), v_shaped_view(), 5);
  CHECK(as_set(index) == std::set<std::int64_t>{18, 19, 20, 21, 22});
}
