#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("bn_distance takes the images closest to the running statistics") {
  FakeView view;
  view.distance = [](std::int64_t i) { return std::abs(double(i) - 12.25); };
  CHECK(as_set(draw(*make<quant::CalibrationSet>("bn_distance"), view, 4)) ==
        std::set<std::int64_t>{11, 12, 13, 14});
}

TEST_CASE("bn_distance refuses a network without batch normalisation") {
  const ToyDataset dataset(4, 10);
  const FakeView view = v_shaped_view();
  CHECK(refusal(*make<quant::CalibrationSet>("bn_distance"),
                {.dataset = dataset, .count = 4, .view = &view})
            .find("this network has none") != std::string::npos);
}
