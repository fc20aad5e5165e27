#include "core/kernels/reference/gemm.h"

#include <doctest/doctest.h>

#include <vector>

using core::reference::matmul;

TEST_CASE("the reference product gives sums worked out by hand") {
  const std::vector<double> a{1, 2, 3, 4, 5, 6}, b{1, 10, 100, 2, 20, 200}, bias{0.5, 0.25};
  std::vector<double> c(4);
  const std::vector<double> want{1 + 20 + 300 + 0.5, 2 + 40 + 600 + 0.25, 4 + 50 + 600 + 0.5,
                                 8 + 100 + 1200 + 0.25};
  // a (2,3); b is stored (N,K) = (2,3), read as (3,2) through its strides
  matmul({a.data(), 6, 3, 1}, {b.data(), 6, 1, 3}, bias.data(), c.data(), 1, 2, 2, 3);
  CHECK(c == want);
}

TEST_CASE(
    "the reference product steps through a batch, and a batch stride of 0 repeats an operand") {
  const std::vector<double> a{1, 2, 3, 4}, b{5, 6};
  std::vector<double> c(2);
  matmul({a.data(), 2, 2, 1}, {b.data(), 0, 1, 1}, nullptr, c.data(), 2, 1, 1, 2);
  CHECK(c == std::vector<double>{1 * 5 + 2 * 6, 3 * 5 + 4 * 6});
}

TEST_CASE("the reference product over nothing is the bias") {
  const std::vector<double> bias{3, 4};
  std::vector<double> c(4, -1);
  matmul({nullptr, 0, 0, 1}, {nullptr, 0, 2, 1}, bias.data(), c.data(), 1, 2, 2, 0);
  CHECK(c == std::vector<double>{3, 4, 3, 4});
}
