#include "core/kernels/dropout.h"

#include <doctest/doctest.h>

#include "core/system/threads.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("the dropout mask is a function of position, whatever the number of threads") {
  const Tensor x = Tensor::full({50'000}, 1);
  const core::Rng rng(6);
  const int threads = core::threads();
  core::set_threads(1);
  const Tensor one = core::dropout(x, 0.3, rng);
  core::set_threads(2);
  const Tensor two = core::dropout(x, 0.3, rng);
  core::set_threads(threads);
  CHECK(support::same_bits(one, two));
  const Tensor head = core::dropout(x.rows(0, 100), 0.3, rng);
  CHECK(support::same_bits(head, one.rows(0, 100)));
}

TEST_CASE("dropping with probability zero changes nothing and one is refused") {
  const Tensor x = Tensor::of<double>({3}, {1, -2, 3});
  CHECK(support::same_bits(core::dropout(x, 0, core::Rng(1)), x));
  CHECK_THROWS_AS(core::dropout(x, 1, core::Rng(1)), core::ShapeError);
  CHECK_THROWS_AS(core::dropout(x, -0.5, core::Rng(1)), core::ShapeError);
}
