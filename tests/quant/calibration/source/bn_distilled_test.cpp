#include "quant/calibration/network_view.h"
#include "tests/quant/calibration/source/sources.h"
#include "tests/support/tiny_dataset.h"

using namespace quant_test;

namespace {

/// The mean over images of bn_distance for images distilled from a small network.
double distance_after(std::int64_t iters, const quant::NetworkView& view) {
  const support::TinyDataset dataset(4);
  const auto source =
      make<quant::CalibrationSource>("bn_distilled", {{"iters", iters}, {"batch", 3}, {"lr", 0.1}});
  const auto drawn =
      draw_calibration(*source, *make<quant::CalibrationSet>("random"),
                       {.dataset = dataset, .count = 5, .view = &view}, core::Rng(2));
  CHECK(made(drawn));
  double mean = 0;
  for (const double d : view.bn_distance(drawn.images).values()) mean += d / 5;
  return mean;
}

}  // namespace

TEST_CASE("distillation brings images closer to the running statistics of a network") {
  const auto network = model("resnet20", 8, 1);
  const quant::NetworkView view(*network);
  const double start = distance_after(0, view), end = distance_after(40, view);
  CHECK(end < 0.8 * start);
}

TEST_CASE("where the network asks nothing, images get mean 0 and deviation 1") {
  FakeView view;
  view.distance = [](std::int64_t) { return 0.0; };
  const auto drawn =
      draw_from("bn_distilled", {{"iters", 400}, {"lr", 0.05}, {"batch", 4}}, 6, 3, &view);
  for (std::int64_t i = 0; i < 6; ++i) {
    double mean = 0, square = 0;
    for (std::int64_t p = 0; p < 4; ++p) mean += drawn.images.at(4 * i + p) / 4;
    for (std::int64_t p = 0; p < 4; ++p) {
      const double gap = drawn.images.at(4 * i + p) - mean;
      square += gap * gap / 3;
    }
    CHECK(std::abs(mean) < 0.02);
    CHECK(std::sqrt(square) == doctest::Approx(1.0).epsilon(0.02));
  }
}

TEST_CASE("without steps the images are the noise of the seed") {
  FakeView view;
  view.distance = [](std::int64_t) { return 0.0; };
  CHECK(support::same_bits(draw_from("bn_distilled", {{"iters", 0}}, 6, 3, &view).images,
                           draw_from("gaussian_noise", {}, 6, 3).images));
}

TEST_CASE("a network without batch normalisation cannot be distilled") {
  const FakeView view = v_shaped_view();
  CHECK_THROWS_WITH_AS(draw_from("bn_distilled", {}, 6, 3, &view),
                       doctest::Contains("this network has none"), core::InputError);
}
