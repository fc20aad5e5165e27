#include "autograd/variable.h"

#include <doctest/doctest.h>

#include "autograd/gradients.h"
#include "autograd/ops/add.h"
#include "autograd/ops/affine.h"

using namespace autograd;

TEST_CASE("an op on constants leaves no node behind") {
  const Variable a(core::Tensor::full({2}, 1));
  const Variable y = add(a, a);
  CHECK(y.node() == nullptr);
  CHECK_FALSE(y.requires_grad());
}

TEST_CASE("an op on a variable that requires a gradient records its name and inputs") {
  const Variable a(core::Tensor::full({2}, 1), true), b(core::Tensor::full({2}, 2));
  const Variable y = add(a, b);
  REQUIRE(y.node() != nullptr);
  CHECK(y.requires_grad());
  CHECK(y.node()->op == "add");
  REQUIRE(y.node()->inputs.size() == 2);
  CHECK(y.node()->inputs[0].id() == a.id());
}

TEST_CASE("detach keeps the value and drops the history") {
  const Variable a(core::Tensor::full({2}, 1), true);
  const Variable y = affine(a, 3, 0).detach();
  CHECK(y.node() == nullptr);
  CHECK_FALSE(y.requires_grad());
  CHECK(y.value().at(1) == 3);
}

TEST_CASE("an integer tensor cannot require a gradient") {
  CHECK_NOTHROW(Variable(core::Tensor::zeros({2}, core::DType::s64)));
  CHECK_THROWS_AS(Variable(core::Tensor::zeros({2}, core::DType::s64), true), core::ShapeError);
}

TEST_CASE("a gradient of the wrong shape or type is refused with the op's name") {
  const Variable a(core::Tensor::full({2, 3}, 1), true);
  const std::vector<Variable> wrt{a};
  for (const core::Tensor& wrong :
       {core::Tensor::zeros({3, 2}), core::Tensor::zeros({2, 3}, core::DType::f64)}) {
    const Variable y = record("crooked", core::Tensor::scalar(1), {a},
                              [wrong](const core::Tensor&, GradSlots& dx) { dx.add(0, wrong); });
    try {
      gradients(y, wrt);
      FAIL("no exception");
    } catch (const core::ShapeError& e) {
      CHECK(std::string(e.what()).starts_with("crooked: "));
    }
  }
}

TEST_CASE("a value outlives the graph that made it and a graph its leaves") {
  Variable y(core::Tensor::scalar(0));
  core::Tensor value;
  {
    const Variable a(core::Tensor::scalar(2), true);
    y = affine(a, 5, 1);
    value = y.value();
  }
  CHECK(y.node()->inputs[0].value().item() == 2);
  y = Variable(core::Tensor::scalar(0));
  CHECK(value.item() == 11);
}

TEST_CASE("destroying a graph leaves the parts that are still held") {
  const Variable a(core::Tensor::scalar(2), true);
  Variable middle = affine(a, 3, 0);
  {
    Variable top = middle;
    for (int i = 0; i < 1000; ++i) top = add(top, middle);
  }
  const std::vector<Variable> wrt{a};
  CHECK(gradients(middle, wrt)[0].item() == 3);
}
