#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("high_loss takes the images with the largest loss at the true label") {
  // the label is index / 10; the network gives it a logit that falls with the index
  FakeView view;
  view.logit_row = [](std::int64_t i) {
    std::vector<double> row(4, 0.0);
    row[static_cast<std::size_t>(i / 10)] = -0.3 * double(i);
    return row;
  };
  const Index index = draw(*make<quant::CalibrationSet>("high_loss"), view, 4);
  CHECK(as_set(index) == std::set<std::int64_t>{36, 37, 38, 39});
}

TEST_CASE("high_loss refuses labels of another data set") {
  const ToyDataset dataset(4, 10);
  const FakeView view = v_shaped_view();
  CHECK(refusal(*make<quant::CalibrationSet>("high_loss"),
                {.dataset = dataset, .count = 4, .view = &view, .own_labels = false})
            .find("needs labels that are classes of the network") != std::string::npos);
}
