#include "data/images/corrupt.h"

#include <doctest/doctest.h>

#include <cmath>

using core::Tensor;
using data::Corruption;

namespace {

Tensor corrupted(Tensor x, Corruption kind, int severity, std::uint64_t seed = 1) {
  data::corrupt(x, kind, severity, core::Rng(seed));
  return x;
}

}  // namespace

TEST_CASE("noise has the strength of its severity and is the same for the same seed") {
  const Tensor grey = Tensor::full({1, 40, 40, 3}, 128, core::DType::u8);
  for (const auto& [severity, std] : {std::pair{1, 0.04}, std::pair{5, 0.10}}) {
    const Tensor y = corrupted(grey, Corruption::gaussian_noise, severity);
    double square = 0;
    for (const double v : y.values()) square += (v - 128) * (v - 128);
    CHECK(std::sqrt(square / static_cast<double>(y.numel())) / 255 ==
          doctest::Approx(std).epsilon(0.05));
    CHECK(y.values() == corrupted(grey, Corruption::gaussian_noise, severity).values());
    CHECK(y.values() != corrupted(grey, Corruption::gaussian_noise, severity, 2).values());
  }
}

TEST_CASE("noise of an image depends on its place alone") {
  const Tensor two = Tensor::full({2, 4, 4, 1}, 128, core::DType::u8);
  const Tensor y = corrupted(two, Corruption::gaussian_noise, 3);
  CHECK(y.rows(0, 1).values() == corrupted(two.rows(0, 1), Corruption::gaussian_noise, 3).values());
  CHECK(y.rows(0, 1).values() != y.rows(1, 1).values());
}

TEST_CASE("blur spreads a point evenly, keeps its sum and leaves flat images alone") {
  Tensor x = Tensor::zeros({1, 9, 9, 1}, core::DType::u8);
  x.writable<std::uint8_t>()[40] = 255;
  const Tensor y = corrupted(x, Corruption::blur, 5);
  double sum = 0;
  for (const double v : y.values()) sum += v;
  CHECK(sum == doctest::Approx(255).epsilon(0.05));                // rounding to bytes
  CHECK(y.at(40) == doctest::Approx(255 * 0.1592).epsilon(0.02));  // sigma 1: 1/(2 pi) in 2-D
  for (const std::int64_t near : {31, 49, 39, 41}) CHECK(y.at(near) == y.at(31));
  CHECK(y.at(31) < y.at(40));
  const Tensor flat = Tensor::full({1, 5, 6, 3}, 77, core::DType::u8);
  CHECK(corrupted(flat, Corruption::blur, 5).values() == flat.values());
}

TEST_CASE("contrast shrinks around the mean of each channel") {
  const Tensor x = Tensor::of<std::uint8_t>({1, 1, 2, 2}, {0, 10, 200, 10});
  CHECK(corrupted(x, Corruption::contrast, 2).values() == std::vector<double>{50, 10, 150, 10});
}

TEST_CASE("unknown corruptions and severities are refused") {
  CHECK_THROWS_AS(data::corruption_named("fog"), core::InputError);
  for (const std::string& name : data::corruption_names())
    CHECK_NOTHROW(data::corruption_named(name));
  CHECK_THROWS_AS(corrupted(Tensor::zeros({1, 1, 1, 1}, core::DType::u8), Corruption::blur, 6),
                  core::ShapeError);
}
