#include "tests/quant/calibration/source/sources.h"

using namespace quant_test;

namespace {

/// Thirty flat colour images of 4x4; the grey value of image i is i, its class i % 3.
struct FlatImages : data::Dataset {
  explicit FlatImages(core::Params&) {}
  std::int64_t size(data::Split) const override { return 30; }
  std::int64_t classes() const override { return 3; }
  core::Shape image_shape() const override { return {4, 4, 3}; }
  data::Normalisation normalisation() const override { return {{0.5, 0.5, 0.5}, {0.1, 0.1, 0.1}}; }
  core::Tensor pixels(data::Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size()), 4, 4, 3}, core::DType::u8);
    const auto to = out.writable<std::uint8_t>();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::uint8_t>(index[i / 48]);
    return out;
  }
  core::Tensor labels(data::Split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size())}, core::DType::s64);
    for (std::size_t i = 0; i < index.size(); ++i) out.writable<std::int64_t>()[i] = index[i] % 3;
    return out;
  }
  std::string fingerprint() const override { return "flat"; }
};
const core::Registered<data::Dataset, FlatImages> kRegistered{"flat_images_of_a_test"};

struct SpoiledImages final : FlatImages {
  using FlatImages::FlatImages;
  void verify() const override { throw core::InputError("image 7 is spoiled"); }
};
const core::Registered<data::Dataset, SpoiledImages> kSpoiled{"spoiled_images_of_a_test"};

const Keys kKeys{{"dataset", "flat_images_of_a_test"}};

}  // namespace

TEST_CASE("other_dataset gives its images in the shape and the normalisation of the cell's data") {
  const auto drawn = draw_from("other_dataset", kKeys, 30);
  CHECK(made(drawn));
  std::set<long> seen;
  for (std::int64_t i = 0; i < 30; ++i) {
    const long value = std::lround(drawn.images.at(4 * i) * 255);
    seen.insert(value);
    for (std::int64_t p = 1; p < 4; ++p)
      CHECK(std::lround(drawn.images.at(4 * i + p) * 255) == value);
  }
  CHECK(seen.size() == 30);
  CHECK(*seen.rbegin() == 29);
}

TEST_CASE("a selection works on the other images, by their classes and by the network") {
  const ToyDataset dataset(4, 10);
  const auto source = make<quant::CalibrationSource>("other_dataset", kKeys);
  const auto one_class = make<quant::CalibrationSet>("single_class", {{"class", 2}});
  const auto drawn =
      draw_calibration(*source, *one_class, {.dataset = dataset, .count = 10}, core::Rng(1));
  for (std::int64_t i = 0; i < 10; ++i) CHECK(std::lround(drawn.images.at(4 * i) * 255) % 3 == 2);

  const FakeView view = v_shaped_view();
  const auto unsure = make<quant::CalibrationSet>("least_confident");
  const auto few = draw_calibration(*source, *unsure,
                                    {.dataset = dataset, .count = 3, .view = &view}, core::Rng(1));
  for (std::int64_t i = 0; i < 3; ++i)
    CHECK(std::abs(std::lround(few.images.at(4 * i) * 255) - 20) <= 1);
}

TEST_CASE("other_dataset refuses what makes no sense") {
  const ToyDataset dataset(4, 10);
  const FakeView view = v_shaped_view();
  const auto source = make<quant::CalibrationSource>("other_dataset", kKeys);
  CHECK(source->fingerprint() == "flat");
  const auto random = make<quant::CalibrationSet>("random");
  CHECK_THROWS_WITH_AS(source->check(*random, {.dataset = dataset, .count = 31}),
                       doctest::Contains("31 of the 30"), core::InputError);
  CHECK_THROWS_WITH_AS(source->check(*make<quant::CalibrationSet>("high_loss"),
                                     {.dataset = dataset, .count = 3, .view = &view}),
                       doctest::Contains("classes of the network"), core::InputError);
  core::Params none(tree({}));
  const FlatImages same(none);
  CHECK_THROWS_WITH_AS(source->check(*random, {.dataset = same, .count = 3}),
                       doctest::Contains("another data set"), core::InputError);
  const auto spoiled =
      make<quant::CalibrationSource>("other_dataset", {{"dataset", "spoiled_images_of_a_test"}});
  CHECK_THROWS_WITH_AS(spoiled->check(*random, {.dataset = dataset, .count = 3}),
                       "image 7 is spoiled", core::InputError);
}
