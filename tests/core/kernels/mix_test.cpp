#include "core/kernels/mix.h"

#include <doctest/doctest.h>

#include "core/threads.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("mix takes the stated share from each side and is a function of position") {
  const Tensor a = Tensor::full({40'000}, 1), b = Tensor::full({40'000}, 2);
  const core::Rng rng(6);
  const int threads = core::threads();
  core::set_threads(1);
  const Tensor one = core::mix(a, b, 0.3, rng);
  core::set_threads(2);
  const Tensor two = core::mix(a, b, 0.3, rng);
  core::set_threads(threads);
  CHECK(support::same_bits(one, two));
  CHECK(support::same_bits(core::mix(a.rows(0, 99), b.rows(0, 99), 0.3, rng), one.rows(0, 99)));
  std::int64_t first = 0;
  for (const double v : one.values()) first += v == 1;
  CHECK(std::abs(static_cast<double>(first) - 12'000) < 400);  // a standard deviation is 92
}

TEST_CASE("mix with share one is the first tensor and with share zero the second") {
  const Tensor a = Tensor::of<double>({3}, {1, -2, 3}), b = Tensor::of<double>({3}, {4, 5, 6});
  CHECK(core::mix(a, b, 1, core::Rng(1)).is_same(a));
  CHECK(core::mix(a, b, 0, core::Rng(1)).is_same(b));
}

TEST_CASE("mix refuses other shapes, other types and shares outside 0 to 1") {
  const Tensor a = Tensor::zeros({3});
  CHECK_THROWS_AS(core::mix(a, Tensor::zeros({4}), 0.5, core::Rng(1)), core::ShapeError);
  CHECK_THROWS_AS(core::mix(a, Tensor::zeros({3}, core::DType::f64), 0.5, core::Rng(1)),
                  core::ShapeError);
  CHECK_THROWS_AS(core::mix(a, a, 1.5, core::Rng(1)), core::ShapeError);
}
