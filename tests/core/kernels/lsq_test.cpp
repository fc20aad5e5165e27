#include "core/kernels/lsq.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/system/threads.h"
#include "tests/support/compare.h"

using core::Tensor;

TEST_CASE("lsq rounds half to even and clips to the codes") {
  const Tensor x = Tensor::of<double>({6}, {0.25, 0.75, -0.25, 10, -10, 0.6});
  const Tensor s = Tensor::scalar(0.5, core::DType::f64), z = Tensor::scalar(2, core::DType::f64);
  CHECK(core::lsq(x, s, z, {0, 7}).values() == std::vector<double>{0, 1, 0, 2.5, -1, 0.5});
}

TEST_CASE("lsq keeps NaN and stops its gradient") {
  const Tensor x = Tensor::of<float>({2}, {NAN, 0.3f});
  const Tensor s = Tensor::scalar(0.5), z = Tensor::scalar(0);
  CHECK(std::isnan(core::lsq(x, s, z, {0, 3}).at(0)));
  const core::LsqGrads g = core::lsq_backward(Tensor::full({2}, 1), x, s, z, {0, 3});
  CHECK(g.dx.values() == std::vector<double>{0, 1});
  CHECK(std::isnan(g.dscale.item()));
}

TEST_CASE("the step gradient does not depend on the number of threads, nor do the others") {
  core::Rng rng(8);
  const Tensor x = rng.normal({100'003}, 0, 1), dy = rng.normal({100'003}, 0, 1);
  const Tensor s = Tensor::scalar(0.1), z = Tensor::scalar(4);
  const int threads = core::threads();
  core::set_threads(1);
  const core::LsqGrads one = core::lsq_backward(dy, x, s, z, {0, 15});
  core::set_threads(2);
  const core::LsqGrads two = core::lsq_backward(dy, x, s, z, {0, 15});
  core::set_threads(threads);
  CHECK(support::same_bits(one.dx, two.dx));
  CHECK(support::same_bits(one.dscale, two.dscale));
  // the sum itself, by the formula in f64 on the f32 values
  double sum = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const float t = x.data<float>()[static_cast<std::size_t>(i)] / 0.1f;
    const float n = std::nearbyint(t) + 4;
    const double slope = n < 0 ? -4 : (n > 15 ? 11 : static_cast<double>(std::nearbyint(t) - t));
    sum += dy.at(i) * slope;
  }
  CHECK(one.dscale.item() == doctest::Approx(sum).epsilon(1e-5));
}

TEST_CASE("per channel, each column has its own step and its own sum") {
  core::Rng rng(9);
  const Tensor x = rng.normal({7, 3}, 0, 1, core::DType::f64),
               dy = rng.normal({7, 3}, 0, 1, core::DType::f64);
  const Tensor s = Tensor::of<double>({3}, {0.2, 0.3, 0.5}), z = Tensor::of<double>({3}, {3, 4, 2});
  const Tensor y = core::lsq(x, s, z, {0, 7});
  const core::LsqGrads g = core::lsq_backward(dy, x, s, z, {0, 7});
  for (std::int64_t c = 0; c < 3; ++c) {
    Tensor column = Tensor::empty({7}, core::DType::f64), dcolumn = column;
    for (std::int64_t r = 0; r < 7; ++r) {
      column.writable<double>()[static_cast<std::size_t>(r)] = x.at(3 * r + c);
      dcolumn.writable<double>()[static_cast<std::size_t>(r)] = dy.at(3 * r + c);
    }
    const Tensor own_s = Tensor::scalar(s.at(c), core::DType::f64),
                 own_z = Tensor::scalar(z.at(c), core::DType::f64);
    const Tensor own = core::lsq(column, own_s, own_z, {0, 7});
    const core::LsqGrads own_g = core::lsq_backward(dcolumn, column, own_s, own_z, {0, 7});
    for (std::int64_t r = 0; r < 7; ++r) {
      CHECK(own.at(r) == y.at(3 * r + c));
      CHECK(own_g.dx.at(r) == g.dx.at(3 * r + c));
    }
    CHECK(own_g.dscale.item() == doctest::Approx(g.dscale.at(c)).epsilon(1e-13));
  }
}

TEST_CASE("with a choice, what is not taken passes as it is and adds nothing") {
  core::Rng rng(10);
  for (const core::Shape& shape :
       {core::Shape{4001, 3}, core::Shape{5, 600}, core::Shape{2, 5000}}) {
    for (const core::Shape& steps : {core::Shape{1}, core::Shape{shape[1]}}) {
      for (const double p : {0.5, 0.2}) {
        const Tensor x = rng.normal(shape, 0, 1, core::DType::f64),
                     dy = rng.normal(shape, 0, 1, core::DType::f64);
        const Tensor s = rng.uniform(steps, 0.1, 0.3, core::DType::f64),
                     z = Tensor::full(steps, 3, core::DType::f64);
        const core::Choice choice(p, core::Rng(2));
        std::vector<std::uint32_t> taken(static_cast<std::size_t>(x.numel()));
        choice.read(0, taken);
        const Tensor y = core::lsq(x, s, z, {0, 7}, &choice), all = core::lsq(x, s, z, {0, 7});
        const core::LsqGrads g = core::lsq_backward(dy, x, s, z, {0, 7}, &choice),
                             of_all = core::lsq_backward(dy, x, s, z, {0, 7});
        Tensor part = dy;  // what is not taken sends no gradient
        std::int64_t wrong = 0;
        for (std::int64_t i = 0; i < x.numel(); ++i) {
          const bool set = taken[static_cast<std::size_t>(i)] != 0;
          if (!set) part.writable<double>()[static_cast<std::size_t>(i)] = 0;
          wrong += y.at(i) != (set ? all : x).at(i);
          wrong += g.dx.at(i) != (set ? of_all.dx : dy).at(i);
        }
        CHECK(wrong == 0);
        Tensor own = dy;
        own.writable<double>();  // of its own: dx takes over its memory
        const core::LsqGrads taken_over =
            core::lsq_backward(std::move(own), x, s, z, {0, 7}, &choice);
        CHECK(support::same_bits(taken_over.dx, g.dx));
        CHECK(support::same_bits(taken_over.dscale, g.dscale));
        CHECK(support::relative_difference(
                  g.dscale, core::lsq_backward(part, x, s, z, {0, 7}).dscale) < 1e-12);
        CHECK(support::relative_difference(core::lsq_zero_gradient(dy, x, s, z, {0, 7}, &choice),
                                           core::lsq_zero_gradient(part, x, s, z, {0, 7})) < 1e-12);
      }
    }
  }
}

TEST_CASE("lsq refuses shapes and types that do not fit") {
  const Tensor x = Tensor::zeros({2, 3}), s = Tensor::full({3}, 1);
  CHECK_THROWS_AS(core::lsq(x, Tensor::full({2}, 1), Tensor::zeros({2}), {0, 3}), core::ShapeError);
  CHECK_THROWS_AS(core::lsq(x, s, Tensor::zeros({1}), {0, 3}), core::ShapeError);
  CHECK_THROWS_AS(core::lsq(x, s.to(core::DType::f64), s, {0, 3}), core::ShapeError);
  CHECK_THROWS_AS(core::lsq_backward(Tensor::zeros({3, 2}), x, s, s, {0, 3}), core::ShapeError);
}

TEST_CASE("a zero point gets -s dy of every clipped element, and nothing inside") {
  const Tensor x = Tensor::of<double>({2, 3}, {-5, 0.1, 9, 0.2, NAN, -4});
  const Tensor dy = Tensor::of<double>({2, 3}, {1, 10, 100, 1000, 7, 10000});
  const Tensor s = Tensor::full({1}, 0.5, core::DType::f64),
               z = Tensor::full({1}, 2, core::DType::f64);
  CHECK(core::lsq_zero_gradient(dy, x, s, z, {0, 7}).item() == -0.5 * (1 + 100 + 10000));
  const Tensor s3 = Tensor::of<double>({3}, {0.5, 1, 2}), z3 = Tensor::of<double>({3}, {2, 0, 1});
  CHECK(core::lsq_zero_gradient(dy, x, s3, z3, {0, 3}).values() ==
        std::vector<double>{-0.5, 0, -2.0 * (100 + 10000)});
}

TEST_CASE("the gradient of the zero point does not depend on the number of threads") {
  core::Rng rng(8);
  const Tensor x = rng.normal({50'003, 3}, 0, 1), dy = rng.normal({50'003, 3}, 0, 1);
  const Tensor s = Tensor::full({3}, 0.1), z = Tensor::full({3}, 4);
  const int threads = core::threads();
  core::set_threads(1);
  const Tensor one = core::lsq_zero_gradient(dy, x, s, z, {0, 15});
  core::set_threads(2);
  const Tensor two = core::lsq_zero_gradient(dy, x, s, z, {0, 15});
  core::set_threads(threads);
  CHECK(support::same_bits(one, two));
}
