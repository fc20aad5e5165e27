#include "quant/calibration/candidates.h"

#include <limits>

#include "tests/quant/calibration/fake_view.h"

using namespace quant_test;

namespace {

quant::CandidatePool pool(std::int64_t size) {
  core::Params params(tree({{"pool", size}}));
  return quant::CandidatePool(params);
}

}  // namespace

TEST_CASE("a pool is a random part of the split, or all of it") {
  const ToyDataset dataset(4, 10);
  const quant::CalibrationRequest request{.dataset = dataset, .count = 5};
  const Index some = pool(15).draw(request, core::Rng(1));
  CHECK(as_set(some).size() == 15);
  CHECK(some == pool(15).draw(request, core::Rng(1)));
  CHECK(some != pool(15).draw(request, core::Rng(2)));
  CHECK(as_set(pool(100).draw(request, core::Rng(1))).size() == 40);
}

TEST_CASE("a pool smaller than the count is refused") {
  const ToyDataset dataset(4, 10);
  CHECK_THROWS_WITH_AS(pool(15).check("who", {.dataset = dataset, .count = 16}),
                       doctest::Contains("16 out of a pool of 15"), core::InputError);
}

TEST_CASE("the network sees no more than the pool") {
  const FakeView view = v_shaped_view();
  const auto set = make<quant::CalibrationSet>("most_confident", {{"pool", 12}});
  draw(*set, view, 3);
  CHECK(view.asked == 2 * 12);  // draw() draws twice
}

TEST_CASE("rows come in the order of the images, over several batches") {
  struct Large final : data::Dataset {
    std::int64_t size(data::Split) const override { return 700; }
    std::int64_t classes() const override { return 1; }
    core::Shape image_shape() const override { return {1, 2, 1}; }
    data::Normalisation normalisation() const override { return {{0.0}, {1.0 / 255}}; }
    core::Tensor pixels(data::Split, std::span<const std::int64_t> index) const override {
      core::Tensor out =
          core::Tensor::empty({static_cast<std::int64_t>(index.size()), 1, 2, 1}, core::DType::u8);
      const auto to = out.writable<std::uint8_t>();
      for (std::size_t i = 0; i < index.size(); ++i) {
        to[2 * i] = static_cast<std::uint8_t>(index[i] / 256);
        to[2 * i + 1] = static_cast<std::uint8_t>(index[i] % 256);
      }
      return out;
    }
    core::Tensor labels(data::Split, std::span<const std::int64_t> index) const override {
      return core::Tensor::zeros({static_cast<std::int64_t>(index.size())}, core::DType::s64);
    }
    std::string fingerprint() const override { return "large"; }
  } dataset;
  const Index index = core::Rng(2).permutation(700);
  const core::Tensor rows = quant::rows_of_images("test", {.dataset = dataset, .count = 1}, index,
                                                  [](const core::Tensor& x) {
                                                    return x.reshape({x.shape()[0], 2});
                                                  });
  REQUIRE(rows.shape() == core::Shape{700, 2});
  for (std::int64_t i = 0; i < 700; ++i)
    CHECK(std::lround(rows.at(2 * i) * 256 + rows.at(2 * i + 1)) ==
          index[static_cast<std::size_t>(i)]);
}

TEST_CASE("values that are not finite are an error") {
  FakeView view;
  view.logit_row = [](std::int64_t i) {
    return std::vector{i == 7 ? std::numeric_limits<double>::infinity() : 0.0, 1.0};
  };
  CHECK_THROWS_WITH_AS(draw(*make<quant::CalibrationSet>("high_entropy"), view, 3),
                       doctest::Contains("not finite"), core::Error);
}
