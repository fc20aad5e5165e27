#include "tests/quant/loss/cases.h"

using namespace loss_test;

namespace {

/// The definition: cosines of all pairs of rows, one by one.
double by_definition(const Tensor& x, const Tensor& y, int samples, int rows, int channels) {
  const auto cosine = [&](const Tensor& t, int i, int j) {
    double ii = 0, jj = 0, ij = 0;
    for (int c = 0; c < channels; ++c) {
      const double a = t.at(i * channels + c), b = t.at(j * channels + c);
      ii += a * a;
      jj += b * b;
      ij += a * b;
    }
    return ii == 0 || jj == 0 ? 0.0 : ij / std::sqrt(ii * jj);
  };
  double sum = 0;
  for (int s = 0; s < samples; ++s) {
    for (int i = s * rows; i < (s + 1) * rows; ++i) {
      for (int j = s * rows; j < (s + 1) * rows; ++j)
        sum += std::pow(cosine(x, i, j) - cosine(y, i, j), 2);
    }
  }
  return sum / (samples * rows * rows);
}

}  // namespace

TEST_CASE("relation by hand: a right angle that becomes 45 degrees") {
  const Tensor target = Tensor::of<double>({1, 2, 2}, {1, 0, 0, 3});
  const Tensor prediction = Tensor::of<double>({1, 2, 2}, {2, 0, 1, 1});
  CHECK(value(*make("relation"), prediction, target) == doctest::Approx((0.5 + 0.5) / 4));
}

TEST_CASE("relation equals its definition with fewer and with more rows than channels") {
  for (const auto& [rows, channels] :
       {std::pair{3, 5}, std::pair{5, 5}, std::pair{12, 4}, std::pair{9, 2}}) {
    CAPTURE(rows);
    const Shape shape{2, rows, channels};
    const Tensor x = normal("prediction", shape), y = normal("target", shape);
    CHECK(value(*make("relation"), x, y) ==
          doctest::Approx(by_definition(x, y, 2, rows, channels)).epsilon(1e-12));
    check_loss(*make("relation"), shape);
    check_zero_at_target(*make("relation"), shape);
  }
}

TEST_CASE("relation of images takes positions as rows, of vectors the batch") {
  const Tensor x = normal("prediction", {2, 2, 3, 4}), y = normal("target", {2, 2, 3, 4});
  CHECK(value(*make("relation"), x, y) == doctest::Approx(by_definition(x, y, 2, 6, 4)));
  const Tensor a = x.reshape({12, 4}), b = y.reshape({12, 4});
  CHECK(value(*make("relation"), a, b) == doctest::Approx(by_definition(a, b, 1, 12, 4)));
}

TEST_CASE("relation with rows of zeros is finite, and so is its gradient") {
  for (const int rows : {2, 6}) {
    const Shape shape{1, rows, 3};
    Tensor y = normal("target", shape), start = normal("prediction", shape);
    for (int c = 0; c < 3; ++c) y.writable<double>()[c] = start.writable<double>()[3 + c] = 0;
    const Variable x(start, true);
    const Variable loss = (*make("relation"))({x, y});
    CHECK(loss.value().item() ==
          doctest::Approx(by_definition(start, y, 1, rows, 3)).epsilon(1e-12));
    for (const double g : autograd::gradients(loss, std::span(&x, 1))[0].values())
      CHECK(std::isfinite(g));
  }
}

TEST_CASE("relation on small errors keeps its digits in f32") {
  for (const int rows : {4, 40}) {
    const Shape shape{2, rows, 8};
    const Tensor y = normal("target", shape);
    std::vector<double> near = y.values();
    const std::vector<double> noise = normal("prediction", shape).values();
    for (std::size_t i = 0; i < near.size(); ++i) near[i] += 1e-2 * noise[i];
    const Tensor x = Tensor::of<double>(shape, near).to(DType::f32);
    const Result exact = run(*make("relation"), x.to(DType::f64)),
                 quick = run(*make("relation"), x);
    CHECK(quick.value == doctest::Approx(exact.value).epsilon(1e-4).scale(0));
    CHECK(support::relative_difference(quick.gradient, exact.gradient) < 1e-4);
  }
}
