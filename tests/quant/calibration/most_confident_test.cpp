#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("most_confident takes the images with the largest maximum of the softmax") {
  // logits (x, -x, 0, 0) with x from -2 to 1.9: sure at both ends
  const Index index = draw(*make<quant::CalibrationSet>("most_confident"), v_shaped_view(), 5);
  CHECK(as_set(index) == std::set<std::int64_t>{0, 1, 2, 38, 39});
}

TEST_CASE("most_confident tells images apart whose softmax rounds to one") {
  FakeView view;
  view.logit_row = [](std::int64_t i) { return std::vector{40.0 + double(i), 0.0}; };
  const Index index = draw(*make<quant::CalibrationSet>("most_confident"), view, 2);
  CHECK(as_set(index) == std::set<std::int64_t>{38, 39});
}

TEST_CASE("most_confident keeps the random order of its pool") {
  const FakeView view = v_shaped_view();
  const auto set = make<quant::CalibrationSet>("most_confident");
  CHECK(draw(*set, view, 40, 3) != draw(*set, view, 40, 4));
}
