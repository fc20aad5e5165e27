#include "autograd/dump.h"

#include <doctest/doctest.h>

#include "autograd/ops/add.h"
#include "autograd/ops/matmul.h"

using namespace autograd;

namespace {

Variable small_graph() {
  const Variable x(core::Tensor::zeros({2, 3})), w(core::Tensor::zeros({3, 4}), true);
  const Variable y = matmul(x, w);
  return add(y, y);
}

}  // namespace

TEST_CASE("the text names every op with inputs before users") {
  CHECK(to_text(small_graph()) ==
        "%0 = constant f32 (2, 3)\n"
        "%1 = leaf f32 (3, 4)\n"
        "%2 = matmul(%0, %1) f32 (2, 4)\n"
        "%3 = add(%2, %2) f32 (2, 4)\n");
}

TEST_CASE("the dot graph has a node a variable and an edge an input") {
  const std::string dot = to_dot(small_graph());
  CHECK(dot.starts_with("digraph"));
  CHECK(dot.find("n2 [label=\"matmul\\n(2, 4)\" shape=box];") != std::string::npos);
  CHECK(dot.find("n0 -> n2;") != std::string::npos);
  CHECK(dot.find("n1 -> n2;") != std::string::npos);
  CHECK(dot.find("n2 -> n3;") != std::string::npos);
}

TEST_CASE("a single constant is a graph too") {
  CHECK(to_text(Variable(core::Tensor::zeros({1}))) == "%0 = constant f32 (1)\n");
}
