#include <doctest/doctest.h>

#include "data/dataset.h"
#include "tests/support/compare.h"

namespace {

std::unique_ptr<data::Dataset> noise(std::int64_t size, std::int64_t count) {
  core::Params params{core::Value(core::Value::Map{
      {"name", "noise"}, {"size", size}, {"channels", 3}, {"classes", 7}, {"count", count}})};
  auto out = core::Registry<data::Dataset>::create(params);
  params.done();
  return out;
}

}  // namespace

TEST_CASE("an image of noise depends on its split and number alone") {
  const auto d = noise(5, 20);
  CHECK(d->image_shape() == core::Shape{5, 5, 3});
  CHECK(d->size(data::Split::val) == 20);
  const std::vector<std::int64_t> index{3, 11, 3};
  const core::Tensor x = d->pixels(data::Split::train, index);
  CHECK(support::same_bits(x.rows(0, 1), x.rows(2, 1)));
  CHECK(!support::same_bits(x.rows(0, 1), x.rows(1, 1)));
  CHECK(!support::same_bits(x, d->pixels(data::Split::test, index)));
  CHECK(support::same_bits(x, noise(5, 30)->pixels(data::Split::train, index)));
  CHECK(d->labels(data::Split::train, index).values() == std::vector<double>{3, 4, 3});
  const std::vector<std::int64_t> outside{20};
  CHECK_THROWS_AS(d->pixels(data::Split::train, outside), core::ShapeError);
  CHECK_THROWS_AS(d->labels(data::Split::train, outside), core::ShapeError);
}

TEST_CASE("noise is normalised to mean 0 and deviation 1, and its identity is its sizes") {
  const auto d = noise(64, 20);
  const std::vector<std::int64_t> index{0, 1, 2, 3};
  const core::Tensor x = data::normalise(d->pixels(data::Split::test, index), d->normalisation());
  double sum = 0, squares = 0;
  for (const double v : x.values()) sum += v, squares += v * v;
  const double n = static_cast<double>(x.numel());
  CHECK(std::abs(sum / n) < 0.02);
  CHECK(std::abs(squares / n - 1) < 0.02);
  CHECK(d->fingerprint() == noise(64, 20)->fingerprint());
  CHECK(d->fingerprint() != noise(64, 21)->fingerprint());
}
