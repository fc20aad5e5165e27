#include "quant/calibration/ranked.h"

#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

TEST_CASE("entropy, confidence and loss of logits are those of the softmax") {
  const std::vector<float> logits{std::log(0.5f), std::log(0.25f), std::log(0.125f),
                                  std::log(0.125f)};
  const quant::LogitRow row{.logits = logits, .label = 1};
  CHECK(row.entropy() == doctest::Approx(1.75 * std::log(2.0)));
  CHECK(std::exp(row.log_confidence()) == doctest::Approx(0.5));
  CHECK(row.loss() == doctest::Approx(std::log(4.0)));
}

TEST_CASE("high_entropy takes the images with the largest entropy of the softmax") {
  const Index index = draw(*make<quant::CalibrationSet>("high_entropy"), v_shaped_view(), 3);
  CHECK(as_set(index) == std::set<std::int64_t>{19, 20, 21});
}
