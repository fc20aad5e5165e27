#include "data/images/convert.h"

#include <doctest/doctest.h>

using core::Tensor;
using data::convert_images;

TEST_CASE("an image of the right form is handed on as it is") {
  const Tensor x = Tensor::of<std::uint8_t>({1, 1, 2, 1}, {3, 9});
  CHECK(convert_images(x, {1, 2, 1}).is_same(x));
}

TEST_CASE("grey becomes colour by repetition and colour grey by luma") {
  const Tensor grey = Tensor::of<std::uint8_t>({1, 1, 2, 1}, {3, 9});
  CHECK(convert_images(grey, {1, 2, 3}).values() == std::vector<double>{3, 3, 3, 9, 9, 9});
  const Tensor colour = Tensor::of<std::uint8_t>({1, 1, 3, 3}, {255, 0, 0, 0, 255, 0, 0, 0, 255});
  CHECK(convert_images(colour, {1, 3, 1}).values() == std::vector<double>{76, 150, 29});
}

TEST_CASE("the size changes by interpolation between pixel centres") {
  const Tensor x = Tensor::of<std::uint8_t>({1, 1, 2, 1}, {0, 100});
  CHECK(convert_images(x, {1, 4, 1}).values() == std::vector<double>{0, 25, 75, 100});
  const Tensor line = Tensor::of<std::uint8_t>({1, 4, 1, 1}, {0, 10, 20, 30});
  CHECK(convert_images(line, {2, 1, 1}).values() == std::vector<double>{5, 25});
}

TEST_CASE("images of a batch and channels stay apart, flat ones flat") {
  Tensor x = Tensor::empty({2, 3, 3, 3}, core::DType::u8);
  const auto v = x.writable<std::uint8_t>();
  for (std::size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<std::uint8_t>(100 * (i / 27) + 10 * (i % 3));
  const Tensor y = convert_images(x, {5, 2, 3});
  REQUIRE(y.shape() == core::Shape{2, 5, 2, 3});
  for (std::int64_t i = 0; i < y.numel(); ++i)
    CHECK(y.at(i) == static_cast<double>(100 * (i / 30) + 10 * (i % 3)));
}

TEST_CASE("channels that have no common meaning are refused") {
  CHECK_THROWS_AS(convert_images(Tensor::zeros({1, 2, 2, 4}, core::DType::u8), {2, 2, 3}),
                  core::InputError);
  CHECK_THROWS_AS(convert_images(Tensor::zeros({1, 2, 2, 3}), {2, 2, 3}), core::ShapeError);
}
