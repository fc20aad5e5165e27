#include "core/kernels/rounding.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/system/threads.h"
#include "tests/support/compare.h"

using core::Tensor;

namespace {

Tensor grid(double low, double high, std::int64_t count) {
  Tensor t = Tensor::empty({count}, core::DType::f32);
  for (std::int64_t i = 0; i < count; ++i) {
    t.writable<float>()[static_cast<std::size_t>(i)] = static_cast<float>(
        low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1));
  }
  return t;
}

}  // namespace

TEST_CASE("the rectified sigmoid in f32 is within a few roundings of f64 over its whole range") {
  const Tensor v = grid(-100, 100, 20'001), dy = Tensor::full({20'001}, 1);
  const Tensor exact = core::rect_sigmoid(v.to(core::DType::f64), -0.1, 1.1);
  const Tensor quick = core::rect_sigmoid(v, -0.1, 1.1);
  for (std::int64_t i = 0; i < v.numel(); ++i) REQUIRE(std::abs(quick.at(i) - exact.at(i)) < 5e-7);
  const Tensor exact_grad =
      core::rect_sigmoid_backward(dy.to(core::DType::f64), v.to(core::DType::f64), -0.1, 1.1);
  CHECK(support::relative_difference(core::rect_sigmoid_backward(dy, v, -0.1, 1.1), exact_grad) <
        2e-6);
}

TEST_CASE("the rectified sigmoid keeps NaN") {
  CHECK(std::isnan(core::rect_sigmoid(Tensor::full({1}, NAN), -0.1, 1.1).item()));
}

TEST_CASE("the penalty in f32 is within a few roundings of f64 for every beta of the schedule") {
  const Tensor h = grid(0, 1, 10'007);
  for (const double beta : {2.0, 6.5, 11.0, 20.0}) {
    CAPTURE(beta);
    const Tensor exact = core::round_penalty(h.to(core::DType::f64), beta);
    CHECK(core::round_penalty(h, beta).item() == doctest::Approx(exact.item()).epsilon(1e-6));
    const Tensor slope = core::round_penalty_backward(1.5, h, beta);
    const Tensor exact_slope = core::round_penalty_backward(1.5, h.to(core::DType::f64), beta);
    CHECK(support::relative_difference(slope, exact_slope) < 1e-5);
  }
}

TEST_CASE("the penalty does not depend on the number of threads") {
  core::Rng rng(2);
  const Tensor h = rng.uniform({100'003}, 0, 1);
  const int threads = core::threads();
  core::set_threads(1);
  const Tensor one = core::round_penalty(h, 7);
  core::set_threads(2);
  const Tensor two = core::round_penalty(h, 7);
  core::set_threads(threads);
  CHECK(support::same_bits(one, two));
}

TEST_CASE("soft rounding at h = 0 and h = 1 gives the grid points below and above") {
  const Tensor w = Tensor::of<double>({2, 2}, {0.33, -0.2, 1.2, -0.7});
  const Tensor s = Tensor::of<double>({2}, {0.25, 0.5}), z = Tensor::of<double>({2}, {4, 4});
  const Tensor zero = Tensor::zeros({2, 2}, core::DType::f64),
               one = Tensor::full({2, 2}, 1, core::DType::f64);
  CHECK(core::soft_round(zero, w, s, z, 0, 7).values() == std::vector<double>{0.25, -0.25, 1, -1});
  CHECK(core::soft_round(one, w, s, z, 0, 7).values() == std::vector<double>{0.5, 0, 1.5, -0.5});
  CHECK(core::soft_round_backward(one, one, w, s, z, 0, 7).values() ==
        std::vector<double>{0.25, 0.25, 0.5, 0.5});
}

TEST_CASE("channels of soft rounding are independent of how threads cut them") {
  core::Rng rng(3);
  const Tensor w = rng.normal({7, 9001}, 0, 1), h = rng.uniform({7, 9001}, 0, 1);
  const Tensor s = rng.uniform({7}, 0.1, 0.3), z = Tensor::full({7}, 8);
  const int threads = core::threads();
  core::set_threads(2);
  const Tensor all = core::soft_round(h, w, s, z, 0, 15);
  core::set_threads(threads);
  for (std::int64_t c = 0; c < 7; ++c) {
    const Tensor one =
        core::soft_round(h.rows(c, 1), w.rows(c, 1), s.rows(c, 1), z.rows(c, 1), 0, 15);
    CHECK(support::same_bits(one, all.rows(c, 1)));
  }
}

TEST_CASE("rounding kernels refuse what does not fit") {
  const Tensor w = Tensor::zeros({2, 3}), two = Tensor::full({2}, 1), three = Tensor::full({3}, 1);
  CHECK_THROWS_AS(core::soft_round(Tensor::zeros({3, 2}), w, two, two, 0, 3), core::ShapeError);
  CHECK_THROWS_AS(core::soft_round(w, w, three, three, 0, 3), core::ShapeError);
  CHECK_THROWS_AS(core::soft_round(w, w, two, three, 0, 3), core::ShapeError);
  CHECK_THROWS_AS(core::round_penalty(w, 0.9), core::ShapeError);
  CHECK_THROWS_AS(core::rect_sigmoid_backward(two, three, -0.1, 1.1), core::ShapeError);
}
