#include "core/kernels/mix.h"

#include <doctest/doctest.h>

#include "core/kernels/move.h"
#include "core/system/threads.h"
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

TEST_CASE("mix_rows is the mix of gathered rows, in every type") {
  const core::Rng rng(6);
  const Tensor a = core::Rng(1).normal({9, 3, 517}, 0, 1),
               b = core::Rng(2).normal({9, 3, 517}, 0, 1);
  const std::vector<std::int64_t> index{4, 0, 8, 8, 3};
  for (const core::DType dtype : {core::DType::f32, core::DType::bf16, core::DType::f64}) {
    const Tensor x = a.to(dtype), y = b.to(dtype);
    for (const double p : {0.0, 0.25, 0.5, 1.0}) {
      const Tensor apart =
          core::mix(core::gather_rows(x, index), core::gather_rows(y, index), p, rng);
      CHECK(support::same_bits(core::mix_rows(x, y, index, p, rng), apart));
    }
  }
  CHECK(core::mix_rows(a, b, {}, 0.5, rng).shape() == core::Shape{0, 3, 517});
  CHECK_THROWS_AS(core::mix_rows(a, b, std::vector<std::int64_t>{9}, 0.5, rng), core::ShapeError);
}

TEST_CASE("mix refuses other shapes, other types and shares outside 0 to 1") {
  const Tensor a = Tensor::zeros({3});
  CHECK_THROWS_AS(core::mix(a, Tensor::zeros({4}), 0.5, core::Rng(1)), core::ShapeError);
  CHECK_THROWS_AS(core::mix(a, Tensor::zeros({3}, core::DType::f64), 0.5, core::Rng(1)),
                  core::ShapeError);
  CHECK_THROWS_AS(core::mix(a, a, 1.5, core::Rng(1)), core::ShapeError);
}
