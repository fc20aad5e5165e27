#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/kernels/loops/math.h"
#include "core/kernels/loops/normal.h"
#include "core/kernels/map.h"
#include "core/kernels/reference/map.h"
#include "core/rng.h"
#include "tests/support/compare.h"

using namespace core;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// Evenly spaced f32 values.
Tensor grid(double low, double high, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i)
    x.push_back(static_cast<float>(low + (high - low) * i / (count - 1)));
  return Tensor::of<float>({count}, std::span<const float>(x));
}

/// f32 values spread over the exponents of [low, high].
Tensor log_grid(double low, double high, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i) {
    x.push_back(
        static_cast<float>(low * std::pow(high / low, static_cast<double>(i) / (count - 1))));
  }
  return Tensor::of<float>({count}, std::span<const float>(x));
}

struct Worst {
  double absolute = 0, relative = 0;
};

/// Largest errors of y against fn(x) in f64; relative only where the result is a normal f32.
Worst worst(const Tensor& x, const Tensor& y, const std::function<double(double)>& fn) {
  Worst w;
  const std::vector<double> xs = x.values(), ys = y.values();
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const double exact = fn(xs[i]), error = std::abs(ys[i] - exact);
    if (!std::isfinite(error)) return {INFINITY, INFINITY};
    w.absolute = std::max(w.absolute, error);
    if (std::abs(exact) >= 1.2e-38) w.relative = std::max(w.relative, error / std::abs(exact));
  }
  return w;
}

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * 3.14159265358979323846); }

}  // namespace

TEST_CASE("exp has a relative error below 2e-7 and the right limits") {
  const Tensor x = grid(-87.3, 88.7, 300001);
  CHECK(worst(x, exp(x), [](double v) { return std::exp(v); }).relative < 2e-7);
  const Tensor low = grid(-104, -87, 20001);
  CHECK(worst(low, exp(low), [](double v) { return std::exp(v); }).absolute < 3e-45);  // subnormals
  const Tensor y = exp(Tensor::of<float>({6}, {0, kInf, -kInf, NAN, 89, -200}));
  CHECK(y.at(0) == 1);
  CHECK(y.at(1) == INFINITY);
  CHECK(y.at(2) == 0);
  CHECK(std::isnan(y.at(3)));
  CHECK(y.at(4) == INFINITY);
  CHECK(y.at(5) == 0);
}

TEST_CASE("log has a relative error below 2e-7 and the right limits") {
  for (const Tensor& x : {log_grid(1.2e-38, 3.4e38, 300001), grid(0.5, 2.0, 300001),
                          log_grid(1e-44, 1.1e-38, 1001)}) {
    CHECK(worst(x, log(x), [](double v) { return std::log(v); }).relative < 2e-7);
  }
  const Tensor y = log(Tensor::of<float>({6}, {1, 0, -0.0f, -1, kInf, NAN}));
  CHECK(y.at(0) == 0);
  CHECK(y.at(1) == -INFINITY);
  CHECK(y.at(2) == -INFINITY);
  CHECK(std::isnan(y.at(3)));
  CHECK(y.at(4) == INFINITY);
  CHECK(std::isnan(y.at(5)));
}

TEST_CASE("sigmoid has an absolute error below 1.5e-7 and saturates") {
  const Tensor x = grid(-100, 100, 200001);
  CHECK(worst(x, sigmoid(x), [](double v) { return 1 / (1 + std::exp(-v)); }).absolute < 1.5e-7);
  const Tensor y = sigmoid(Tensor::of<float>({4}, {0, kInf, -kInf, NAN}));
  CHECK(y.at(0) == 0.5);
  CHECK(y.at(1) == 1);
  CHECK(y.at(2) == 0);
  CHECK(std::isnan(y.at(3)));
}

TEST_CASE("gelu has an absolute error below 1e-6 and is x and 0 far out") {
  const Tensor x = grid(-14, 8, 300001);
  CHECK(worst(x, gelu(x), [](double v) { return v * phi(v); }).absolute < 1e-6);
  const Tensor one = Tensor::full(x.shape(), 1);
  CHECK(worst(x, gelu_backward(one, x), [](double v) { return phi(v) + v * density(v); }).absolute <
        1e-6);
  const Tensor y = gelu(Tensor::of<float>({4}, {1e4, -1e4, 0, NAN}));
  CHECK(y.at(0) == 1e4);
  CHECK(y.at(1) == 0);
  CHECK(y.at(2) == 0);
  CHECK(std::isnan(y.at(3)));
}

TEST_CASE("the normal distribution has an absolute error below 2e-7") {
  double error = 0;
  for (int i = 0; i <= 200000; ++i) {
    const float x = static_cast<float>(-10 + 20.0 * i / 200000);
    const math::Normal<float> n = math::normal(x);
    error = std::max({error, std::abs(n.cdf - phi(x)), std::abs(n.pdf - density(x))});
  }
  CHECK(error < 2e-7);
  for (const float x : {14.0f, 1e4f, 3e38f}) {
    CHECK(math::normal(x).cdf == 1);
    CHECK(math::normal(-x).cdf == 0);
    CHECK(math::normal(x).pdf == 0);
  }
}

TEST_CASE("pow_of_fraction has a relative error below 1e-6 and ends at 0") {
  for (const float p : {0.0f, 0.25f, 1.0f, 1.5f, 7.0f, 19.0f, 20.0f}) {
    CAPTURE(p);
    double error = 0;
    for (int i = 1; i <= 1 << 18; ++i) {
      const float x = std::ldexp(static_cast<float>(i), -18);
      const double exact = std::pow(static_cast<double>(x), static_cast<double>(p));
      const double y = math::pow_of_fraction(x, p);
      if (exact > std::ldexp(1.0, -99)) error = std::max(error, std::abs(y / exact - 1));
      if (exact < std::ldexp(1.0, -101)) CHECK(y == 0);
    }
    CHECK(error < 1e-6);
    CHECK(math::pow_of_fraction(0.0f, p) == 0);
    CHECK(math::pow_of_fraction(1.0f, p) == 1);
  }
}

TEST_CASE("abs_pow has a relative error below 1e-6 and exact special cases") {
  for (const double p : {0.3, 0.5, 1.5, 2.4, 2.5, 3.0, 4.0, 5.0, 8.0}) {
    CAPTURE(p);
    const double reach = 37.5 / std::max(1.0, p);  // keeps |x|^p normal
    const Tensor x = log_grid(std::pow(10, -reach), std::pow(10, reach), 50001);
    const double exponent = static_cast<float>(p);  // f32 kernels take p as f32
    CHECK(worst(x, abs_pow(x, p), [&](double v) { return std::pow(v, exponent); }).relative < 1e-6);
    const Tensor small = log_grid(1e-4, 1e4, 20001);
    const Tensor one = Tensor::full(small.shape(), 1);
    CHECK(worst(small, abs_pow_backward(one, small, p), [p](double v) {
            return p * std::pow(v, p - 1);
          }).relative < 1e-6);
  }
  const Tensor x = Tensor::of<float>({5}, {-3, 0, 2, kInf, NAN});
  for (const double p : {0.5, 1.0, 2.0, 2.4, 3.0, 4.0}) {
    CAPTURE(p);
    const Tensor y = abs_pow(x, p), dx = abs_pow_backward(Tensor::full({5}, 1), x, p);
    CHECK(y.at(0) == doctest::Approx(std::pow(3, p)).epsilon(1e-6));
    CHECK(y.at(1) == 0);
    CHECK(y.at(3) == INFINITY);
    CHECK(std::isnan(y.at(4)));
    CHECK(dx.at(0) == doctest::Approx(-p * std::pow(3, p - 1)).epsilon(1e-6));
    CHECK(dx.at(1) == 0);
    CHECK(std::isnan(dx.at(4)));
  }
  CHECK(abs_pow(x, 1).at(0) == 3);
  CHECK(abs_pow(x, 2).at(0) == 9);
  CHECK_THROWS_AS(abs_pow(x, 0), ShapeError);
  CHECK_THROWS_AS(abs_pow_backward(x, x, -1), ShapeError);
}

TEST_CASE("simple maps equal the f64 reference on both sides of every kink") {
  const Tensor x =
      Tensor::of<float>({12}, {-2.5f, -1.5f, -1, -0.5f, -0.0f, 0, 0.5f, 1, 1.5f, 2.5f, 3, 1e6f});
  const auto same = [&](const Tensor& y, const std::function<double(double)>& fn) {
    return y.values() == reference::unary(x, fn).values();
  };
  for (const Tensor& v : {x, x.to(DType::f64)}) {
    CHECK(same(relu(v), [](double a) { return a > 0 ? a : 0; }));
    CHECK(same(abs(v), [](double a) { return std::abs(a); }));
    CHECK(same(sign(v), [](double a) { return a > 0 ? 1.0 : (a < 0 ? -1.0 : 0.0); }));
    CHECK(same(round(v), [](double a) { return std::nearbyint(a); }));
    CHECK(same(floor(v), [](double a) { return std::floor(a); }));
    CHECK(same(step(v, 0.5), [](double a) { return a >= 0.5 ? 1.0 : 0.0; }));
    CHECK(same(clamp(v, -1, 1.5), [](double a) { return std::min(std::max(a, -1.0), 1.5); }));
    CHECK(same(affine(v, 2, -1),
               [](double a) { return static_cast<double>(static_cast<float>(2 * a - 1)); }));
    const Tensor dy = Tensor::full({12}, 3, v.dtype());
    CHECK(same(relu_backward(dy, v), [](double a) { return a > 0 ? 3.0 : 0.0; }));
    CHECK(same(clamp_backward(dy, v, -1, 1.5),
               [](double a) { return a >= -1 && a <= 1.5 ? 3.0 : 0.0; }));
  }
  const Tensor positive = abs(x);
  CHECK(worst(positive, sqrt(positive), [](double a) { return std::sqrt(a); }).relative < 6e-8);
}

TEST_CASE("NaN passes through relu, clamp, sign, round and floor and counts as no in comparisons") {
  const Tensor x = Tensor::full({17}, NAN);
  const Tensor dy = Tensor::full({17}, 1);
  for (const Tensor& y : {relu(x), clamp(x, -1, 1), sign(x), round(x), floor(x), abs(x), sqrt(x)}) {
    for (const double v : y.values()) CHECK(std::isnan(v));
  }
  for (const Tensor& y : {relu_backward(dy, x), clamp_backward(dy, x, -1, 1), step(x, 0)}) {
    for (const double v : y.values()) CHECK(v == 0);
  }
}

TEST_CASE("a gradient takes over the memory of dy only where nobody else holds it") {
  Rng rng(8);
  const Tensor x = rng.normal({3, 4001}, 0, 1), dy = rng.normal({3, 4001}, 0, 1);
  const Tensor apart = gelu_backward(dy, x);
  CHECK(apart.raw() != dy.raw());
  Tensor own = dy;
  own.writable<float>();  // a copy of its own
  const std::byte* memory = own.raw();
  const Tensor taken = gelu_backward(std::move(own), x);
  CHECK(taken.raw() == memory);
  CHECK(support::same_bits(taken, apart));
  const Tensor rows = relu_backward(dy.rows(1, 1), x.rows(1, 1));  // a view: dy holds it too
  CHECK(support::same_bits(rows, relu_backward(dy, x).rows(1, 1)));
  CHECK(support::same_bits(gelu_backward(dy, x), apart));
}

TEST_CASE("f64 maps use the library functions") {
  Rng rng(3);
  const Tensor x = rng.uniform({3, 37}, 0.1, 3, DType::f64),
               one = Tensor::full({3, 37}, 1, DType::f64);
  const auto close = [&](const Tensor& y, const std::function<double(double)>& fn) {
    return support::relative_difference(y, reference::unary(x, fn)) < 1e-15;
  };
  CHECK(close(exp(x), [](double v) { return std::exp(v); }));
  CHECK(close(log(x), [](double v) { return std::log(v); }));
  CHECK(close(gelu(x), [](double v) { return v * phi(v); }));
  CHECK(close(gelu_backward(one, x), [](double v) { return phi(v) + v * density(v); }));
  CHECK(close(sigmoid(x), [](double v) { return 1 / (1 + std::exp(-v)); }));
  CHECK(close(abs_pow(x, 2.4), [](double v) { return std::pow(v, 2.4); }));
}

TEST_CASE("maps keep empty tensors and refuse what they cannot take") {
  CHECK(relu(Tensor::zeros({0, 3})).shape() == Shape{0, 3});
  CHECK_THROWS_AS(relu(Tensor::zeros({2}, DType::s32)), ShapeError);
  CHECK_THROWS_AS(clamp(Tensor::zeros({2}), 1, 0), ShapeError);
  CHECK_THROWS_AS(relu_backward(Tensor::zeros({2}), Tensor::zeros({3})), ShapeError);
}
