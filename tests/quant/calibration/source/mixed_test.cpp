#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

TEST_CASE("mixed replaces its share and leaves the other images of train in their places") {
  const auto plain = draw_from("train", {}, 10);
  const auto mixed = draw_from("mixed", {{"rho", 0.3}, {"with", "flat_colour"}}, 10);
  int replaced = 0;
  for (std::int64_t i = 0; i < 10; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (mixed.index[k] == -1) {
      ++replaced;
      continue;
    }
    CHECK(mixed.index[k] == plain.index[k]);
    CHECK(support::same_bits(mixed.images.rows(i, 1), plain.images.rows(i, 1)));
  }
  CHECK(replaced == 3);
}

TEST_CASE("mixed with nothing replaced is train, with everything replaced the other source") {
  CHECK(support::same_bits(draw_from("train", {}, 6).images,
                           draw_from("mixed", {{"rho", 0.0}}, 6).images));
  CHECK(made(draw_from("mixed", {{"rho", 1.0}}, 6)));
}

TEST_CASE("mixed hands on what the other source needs and refuses") {
  const auto mixed = make<quant::CalibrationSource>("mixed", {{"with", "bn_distilled"}});
  CHECK(mixed->needs().batch_norm);
  const ToyDataset dataset(4, 10);
  const FakeView no_bn = v_shaped_view();
  const auto set = make<quant::CalibrationSet>("random");
  CHECK_THROWS_AS(mixed->check(*set, {.dataset = dataset, .count = 4, .view = &no_bn}),
                  core::InputError);
  CHECK_THROWS_AS(make<quant::CalibrationSource>("mixed", {{"rho", 1.5}}), core::ConfigError);
}
