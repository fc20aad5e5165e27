#include "autograd/ops/gram_error.h"

#include "core/kernels/gemm.h"
#include "core/kernels/map.h"
#include "tests/support/op_case.h"

using namespace autograd;
using core::Tensor;
using support::OpCase;
using support::Variables;

namespace {

/// A symmetric matrix and a cross moment of their own for each shape.
struct Moments {
  Tensor w, a, e;
};

Moments moments(const core::Shape& w, std::int64_t groups, core::DType dtype) {
  core::Rng rng(5);
  const std::int64_t k = w.numel() / w[0];
  const Tensor x = rng.normal({groups, 2 * k + 1, k}, 0, 1, core::DType::f64);
  return {rng.normal(w, 0, 1, core::DType::f64).to(dtype),
          core::affine(core::matmul(x, x, {.trans_a = true}), 1.0 / double(2 * k + 1), 0).to(dtype),
          rng.normal({groups, w[0] / groups, k}, 0, 1, core::DType::f64).to(dtype)};
}

OpCase of(std::string name, const core::Shape& w, std::int64_t groups) {
  return {name, {w}, [=](Variables in) {
            const Moments m = moments(w, groups, in[0].value().dtype());
            return gram_error(in[0], m.w, m.a, m.e, 0.75);
          }};
}

}  // namespace

TEST_CASE("gram_error gradients match finite differences and f32 matches f64") {
  const std::vector<OpCase> table{of("matrix", {4, 6}, 1), of("convolution", {3, 2, 3, 3}, 1),
                                  of("groups", {6, 2, 2, 2}, 3), of("one by one", {1, 1}, 1)};
  support::check_ops(table);
}

TEST_CASE("gram_error is the mean squared error of the samples behind the moments") {
  core::Rng rng(6);
  const std::int64_t rows = 50, k = 5, out = 3;
  const auto normal = [&](core::Shape shape) { return rng.normal(shape, 0, 1, core::DType::f64); };
  const Tensor x = normal({rows, k}), r = normal({rows, out}), w = normal({out, k}),
               w_hat = normal({out, k});
  const auto mean = [&](const Tensor& sum) { return core::affine(sum, 1.0 / double(rows), 0); };
  const Tensor a = mean(core::matmul(x, x, {.trans_a = true})).reshape({1, k, k});
  const Tensor e = mean(core::matmul(r, x, {.trans_a = true})).reshape({1, out, k});
  double constant = 0, direct = 0;
  const Tensor dx = core::matmul(x, core::sub(w_hat, w), {.trans_b = true});
  for (std::int64_t i = 0; i < r.numel(); ++i) {
    constant += r.at(i) * r.at(i) / double(rows);
    direct += (dx.at(i) + r.at(i)) * (dx.at(i) + r.at(i)) / double(rows);
  }
  CHECK(gram_error(Variable(w_hat), w, a, e, constant).value().item() ==
        doctest::Approx(direct).epsilon(1e-12));
}

TEST_CASE("gram_error refuses moments that do not fit") {
  const Moments m = moments({4, 6}, 1, core::DType::f64);
  const auto error = [&](const Tensor& w_hat, const Tensor& a, const Tensor& e) {
    return gram_error(Variable(w_hat), m.w, a, e, 0);
  };
  CHECK_THROWS_AS(error(Tensor::zeros({6, 4}, core::DType::f64), m.a, m.e), core::ShapeError);
  CHECK_THROWS_AS(error(m.w, m.e, m.e), core::ShapeError);
  CHECK_THROWS_AS(error(m.w, m.a, m.a), core::ShapeError);
}
