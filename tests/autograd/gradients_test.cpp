#include "autograd/gradients.h"

#include <doctest/doctest.h>

#include <ctime>

#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/reduce.h"
#include "core/storage.h"
#include "tests/support/compare.h"

using namespace autograd;

namespace {

Variable scalar(double x) { return Variable(core::Tensor::scalar(x, core::DType::f64), true); }

/// The identity, counting its backward calls.
Variable counted(const Variable& x, int& calls) {
  return record("counted", x.value(), {x}, [&calls](const core::Tensor& dy, GradSlots& dx) {
    ++calls;
    dx.add(0, dy);
  });
}

}  // namespace

TEST_CASE("gradients of a product are the other factor") {
  const Variable a = scalar(3), b = scalar(5);
  const std::vector<Variable> wrt{a, b};
  const std::vector<core::Tensor> g = gradients(mul(a, b), wrt);
  CHECK(g[0].item() == 5);
  CHECK(g[1].item() == 3);
}

TEST_CASE("uses of one variable add up") {
  const Variable a = scalar(3);
  const std::vector<Variable> wrt{a};
  CHECK(gradients(add(mul(a, a), affine(a, 4, 0)), wrt)[0].item() == 10);
}

TEST_CASE("adding a shared gradient does not change the other holder") {
  // add hands the same dy to both inputs; a then accumulates more
  const Variable a(core::Tensor::full({3}, 1), true), b(core::Tensor::full({3}, 2), true);
  const std::vector<Variable> wrt{a, b};
  const std::vector<core::Tensor> g = gradients(sum_all(add(affine(a, 2, 0), add(a, b))), wrt);
  CHECK(g[0].values() == std::vector<double>{3, 3, 3});
  CHECK(g[1].values() == std::vector<double>{1, 1, 1});
}

TEST_CASE("a variable that y does not depend on gets zeros") {
  const Variable a = scalar(3), b(core::Tensor::full({2, 3}, 1), true);
  const std::vector<Variable> wrt{b, a};
  const std::vector<core::Tensor> g = gradients(affine(a, 2, 0), wrt);
  CHECK(g[0].shape() == core::Shape{2, 3});
  CHECK(g[0].values() == std::vector<double>(6, 0.0));
  CHECK(g[1].item() == 2);
  CHECK(gradients(Variable(core::Tensor::scalar(1)), wrt)[1].item() == 0);
}

TEST_CASE("an intermediate variable can be asked for, together with its inputs and twice") {
  const Variable a = scalar(3);
  const Variable m = affine(a, 2, 0);
  const Variable y = mul(m, m);
  const std::vector<Variable> wrt{m, a, m, y};
  const std::vector<core::Tensor> g = gradients(y, wrt);
  CHECK(g[0].item() == 12);
  CHECK(g[1].item() == 24);
  CHECK(g[2].item() == 12);
  CHECK(g[3].item() == 1);
}

TEST_CASE("only the paths that lead to a wanted variable are walked") {
  int on_path = 0, off_path = 0, above = 0;
  const Variable a = scalar(3), b = scalar(4);
  const Variable left = counted(a, on_path), right = counted(b, off_path);
  const Variable deeper = counted(left, above);
  const Variable y = mul(deeper, right);
  const std::vector<Variable> only_a{a}, only_left{left};
  gradients(y, only_a);
  CHECK(on_path == 1);
  CHECK(off_path == 0);
  gradients(y, only_left);
  CHECK(on_path == 1);  // nothing below the wanted variable
  CHECK(above == 2);
}

TEST_CASE("a backward is told which inputs are wanted") {
  const Variable a = scalar(1), b = scalar(2);
  bool first = true, second = true;
  const Variable y = record("probe", core::Tensor::scalar(1, core::DType::f64), {a, b},
                            [&](const core::Tensor& dy, GradSlots& dx) {
                              first = dx.wants(0);
                              second = dx.wants(1);
                              dx.add(0, dy);
                              dx.add(1, dy);
                            });
  const std::vector<Variable> wrt{b};
  CHECK(gradients(y, wrt)[0].item() == 1);
  CHECK_FALSE(first);
  CHECK(second);
}

TEST_CASE("the same graph can be differentiated again") {
  const Variable a = scalar(3);
  const Variable y = mul(a, a);
  const std::vector<Variable> wrt{a};
  CHECK(support::same_bits(gradients(y, wrt)[0], gradients(y, wrt)[0]));
}

TEST_CASE("a cotangent must match y, and without one y must be a single number") {
  const Variable a(core::Tensor::full({3}, 1), true);
  const std::vector<Variable> wrt{a};
  const Variable y = affine(a, 2, 0);
  CHECK_THROWS_AS(gradients(y, wrt), core::ShapeError);
  const core::Tensor wrong_shape = core::Tensor::zeros({2});
  const core::Tensor wrong_type = core::Tensor::zeros({3}, core::DType::f64);
  CHECK_THROWS_AS(gradients(y, wrt, &wrong_shape), core::ShapeError);
  CHECK_THROWS_AS(gradients(y, wrt, &wrong_type), core::ShapeError);
}

TEST_CASE("a constant in wrt is refused") {
  const Variable a = scalar(1);
  const std::vector<Variable> wrt{a, Variable(core::Tensor::scalar(1))};
  CHECK_THROWS_WITH_AS(gradients(affine(a, 1, 0), wrt), doctest::Contains("element 1"),
                       core::Error);
}

TEST_CASE("gradients that are used up give their memory back during the walk") {
  constexpr std::int64_t kNumbers = 1 << 18;  // 1 MiB
  std::size_t peak = 0;
  Variable y(core::Tensor::full({kNumbers}, 1), true);
  const std::vector<Variable> wrt{y};
  for (int i = 0; i < 50; ++i) {
    // a value shared by the whole chain, so that only gradients are counted
    y = record("step", y.value(), {y}, [&peak](const core::Tensor& dy, GradSlots& dx) {
      core::Tensor g = dy;
      g.writable<float>()[0] += 1;
      dx.add(0, std::move(g));
      peak = std::max(peak, core::pool_stats().live_bytes);
    });
  }
  const core::Tensor dy = core::Tensor::full({kNumbers}, 1);
  const std::size_t before = core::pool_stats().live_bytes;
  CHECK(gradients(y, wrt, &dy)[0].at(0) == 51);
  CHECK(peak <= before + 4 * kNumbers * sizeof(float));
}

TEST_CASE("a chain of a million ops and a million diamonds fit on the default stack, quickly") {
  // processor time: wall time says nothing on a busy machine
  const auto seconds = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  constexpr int kDepth = 1'000'000;
  const Variable a = scalar(1);
  const std::vector<Variable> wrt{a};
  const auto pass_on = [](const Variable& x) {
    return record("pass", x.value(), {x},
                  [](const core::Tensor& dy, GradSlots& dx) { dx.add(0, dy); });
  };
  // Value and gradient of the left input; the right one gets a zero, so that diamonds add up to 1.
  const core::Tensor none = core::Tensor::scalar(0, core::DType::f64);
  const auto left = [&](const Variable& l, const Variable& r) {
    return record("left", l.value(), {l, r}, [&none](const core::Tensor& dy, GradSlots& dx) {
      dx.add(0, dy);
      dx.add(1, none);
    });
  };
  const double start = seconds();
  {
    Variable y = a;
    for (int i = 0; i < kDepth; ++i) y = pass_on(y);
    CHECK(gradients(y, wrt)[0].item() == 1);
  }
  const double chain = seconds() - start;
  {
    Variable y = a;
    for (int i = 0; i < kDepth; ++i) y = left(y, y);
    CHECK(gradients(y, wrt)[0].item() == 1);
  }
  const double all = seconds() - start;
  MESSAGE("chain " << chain << " s, with the diamonds " << all << " s");
  CHECK(all < 30);  // a quadratic algorithm would need hours; sanitizers are slow
}
