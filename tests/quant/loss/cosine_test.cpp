#include "tests/quant/loss/cases.h"

using namespace loss_test;

TEST_CASE("cosine by hand: one right angle, one of 60 degrees") {
  const Tensor target = Tensor::of<double>({2, 2}, {1, 0, 2, 0});
  const Tensor prediction = Tensor::of<double>({2, 2}, {0, 5, 1, std::sqrt(3.0)});
  CHECK(value(*make("cosine"), prediction, target) == doctest::Approx((1 + 0.5) / 2));
}

TEST_CASE("cosine passes gradcheck, and is zero at any multiple of the target") {
  check_loss(*make("cosine"));
  check_loss(*make("cosine"), {4, 7});
  check_zero_at_target(*make("cosine"));
  const Tensor y = Tensor::of<double>({2, 2}, {1, 2, -3, 4});
  const Tensor x = Tensor::of<double>({2, 2}, {2, 4, -0.3, 0.4});
  CHECK(value(*make("cosine"), x, y) <= 1e-15);
}

TEST_CASE("cosine has the gradient -(y/(|y||x|) - x<y,x>/(|y||x|^3)) per sample") {
  const Tensor x = normal("prediction", {2, 6}), y = normal("target", {2, 6});
  const Result ours = run(*make("cosine"), x);
  for (int s = 0; s < 2; ++s) {
    double xx = 0, yy = 0, xy = 0;
    for (int i = 6 * s; i < 6 * s + 6; ++i) {
      xx += x.at(i) * x.at(i);
      yy += y.at(i) * y.at(i);
      xy += x.at(i) * y.at(i);
    }
    const double length = std::sqrt(xx * yy);
    for (int i = 6 * s; i < 6 * s + 6; ++i) {
      const double expected = -(y.at(i) / length - x.at(i) * xy / (length * xx)) / 2;
      CHECK(ours.gradient.at(i) == doctest::Approx(expected));
    }
  }
}

TEST_CASE("cosine of zero vectors is 1/2 with zero gradient, of two zeros 0") {
  const Variable x(Tensor::of<double>({3, 2}, {1, 2, 0, 0, 0, 0}), true);
  const Variable y = (*make("cosine"))({x, Tensor::of<double>({3, 2}, {0, 0, 3, 4, 0, 0})});
  CHECK(y.value().item() == doctest::Approx((0.5 + 0.5 + 0) / 3));
  for (const double g : autograd::gradients(y, std::span(&x, 1))[0].values())
    CHECK(std::abs(g) <= 1e-16);
}

TEST_CASE("cosine in f32 resolves angles of a thousandth") {
  const Tensor y = Tensor::of<float>({1, 2}, {1, 0}), x = Tensor::of<float>({1, 2}, {1, 1e-3f});
  CHECK(value(*make("cosine"), x, y) == doctest::Approx(5e-7).epsilon(1e-4).scale(0));
}
