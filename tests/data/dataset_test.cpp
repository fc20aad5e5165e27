#include "data/dataset.h"

#include <doctest/doctest.h>

TEST_CASE("split names round-trip and an unknown one is refused with the known ones") {
  for (const data::Split s : {data::Split::train, data::Split::val, data::Split::test}) {
    CHECK(data::split_named(data::name_of(s)) == s);
  }
  CHECK_THROWS_WITH_AS(data::split_named("tests"), doctest::Contains("train, val, test"),
                       core::InputError);
}

TEST_CASE("normalise maps bytes by channel in f32") {
  const core::Tensor x = core::Tensor::of<std::uint8_t>({1, 1, 2, 2}, {0, 255, 51, 102});
  const core::Tensor y = data::normalise(x, {{0.5, 0.25}, {0.5, 2.0}});
  CHECK(y.dtype() == core::DType::f32);
  CHECK(y.at(0) == -1.0);
  CHECK(y.at(1) == 0.375);
  CHECK(y.at(2) == doctest::Approx(-0.6));
  CHECK(y.at(3) == doctest::Approx(0.075));
  CHECK_THROWS_AS(data::normalise(x, {{0.5}, {0.5}}), core::ShapeError);
}

TEST_CASE("gather_images copies rows and refuses an index outside") {
  const core::Tensor x = core::Tensor::of<std::uint8_t>({3, 2}, {1, 2, 3, 4, 5, 6});
  const std::vector<std::int64_t> index{2, 0, 2};
  CHECK(data::gather_images(x, index).values() == std::vector<double>{5, 6, 1, 2, 5, 6});
  const std::vector<std::int64_t> outside{3};
  CHECK_THROWS_WITH_AS(data::gather_images(x, outside), doctest::Contains("got 3 at position 0"),
                       core::ShapeError);
}
