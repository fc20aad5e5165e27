#include "quant/loss/elementwise.h"

#include "core/system/threads.h"
#include "tests/quant/loss/cases.h"

using namespace loss_test;

namespace {

struct Weighted {
  template <class T>
  T value(T d, T w) const {
    return w * d;
  }
  template <class T>
  T slope(T, T w) const {
    return w;
  }
};

}  // namespace

TEST_CASE("element-wise sums cover every element at sizes around the chunk and the block") {
  for (const std::int64_t n : {1, 3, 511, 512, 513, 8191, 8192, 8193, 40000}) {
    CAPTURE(n);
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Variable x(Tensor::full({n}, 3, dtype), true);
      const quant::LossInputs in{x, Tensor::full({n}, 1, dtype)};
      const Variable square = quant::elementwise("test", in, 0.5, quant::SquaredError{});
      CHECK(square.value().item() == doctest::Approx(2.0 * static_cast<double>(n)));
      for (const double g : autograd::gradients(square, std::span(&x, 1))[0].values())
        REQUIRE(g == 2.0);
      const Tensor w = Tensor::full({n}, 5, dtype);
      const Variable weighted = quant::elementwise("test", in, 0.5, Weighted{}, w);
      CHECK(weighted.value().item() == doctest::Approx(5.0 * static_cast<double>(n)));
      for (const double g : autograd::gradients(weighted, std::span(&x, 1))[0].values())
        REQUIRE(g == 2.5);
      CHECK(quant::sum_of("test", w, quant::kSquare) == 25.0 * static_cast<double>(n));
    }
  }
}

TEST_CASE("element-wise gradients take the cotangent") {
  const Variable x(Tensor::of<double>({2}, {1, 2}), true);
  const Variable y =
      quant::elementwise("test", {x, Tensor::zeros({2}, DType::f64)}, 1.0, quant::SquaredError{});
  const Tensor dy = Tensor::scalar(-3, DType::f64);
  CHECK(autograd::gradients(y, std::span(&x, 1), &dy)[0].values() == std::vector<double>{-6, -12});
}

TEST_CASE("element-wise losses give the same bits for any number of threads") {
  const int before = core::threads();
  const Tensor x = core::Rng(3).normal({50, 40, 30}, 0, 1),
               y = core::Rng(4).normal({50, 40, 30}, 0, 1);
  std::vector<Result> results;
  for (const int threads : {1, 2, 3}) {
    core::set_threads(threads);
    const Variable v(x, true);
    const Variable loss = (*make("lp", {{"p", 2.4}}))({v, y});
    results.push_back({loss.value().item(), autograd::gradients(loss, std::span(&v, 1))[0]});
  }
  core::set_threads(before);
  for (const Result& r : results) {
    CHECK(r.value == results[0].value);
    CHECK(support::same_bits(r.gradient, results[0].gradient));
  }
}
