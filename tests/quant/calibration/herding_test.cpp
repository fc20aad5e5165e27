#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("herding starts at the mean and pairs what balances around it") {
  FakeView view;  // features 0..39, mean 19.5; powers of two are exact in f32
  view.feature_row = [](std::int64_t i) { return std::vector{double(i)}; };
  const Index index = draw(*make<quant::CalibrationSet>("herding"), view, 6);
  CHECK((index[0] == 19 || index[0] == 20));
  double sum = 0;
  for (std::size_t k = 0; k < index.size(); ++k) {
    sum += double(index[k]);
    if (k % 2 == 1) CHECK(sum / double(k + 1) == 19.5);
  }
}

TEST_CASE("a prefix of herding is herding with fewer images") {
  FakeView view;
  view.feature_row = [](std::int64_t i) {
    return std::vector{std::sin(double(i)), std::cos(2.0 * double(i))};
  };
  const auto set = make<quant::CalibrationSet>("herding");
  const Index few = draw(*set, view, 5), many = draw(*set, view, 20);
  CHECK(few == Index(many.begin(), many.begin() + 5));
}
