#include "quant/learn/tensor_group.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using core::Tensor;

TEST_CASE("a group steps its tensors, and goes back to an earlier state") {
  const quant::Recipe recipe = quant_test::recipe({{"learn.bias.on", true},
                                                   {"learn.bias.optimizer.name", "sgd"},
                                                   {"learn.bias.optimizer.lr", 0.5}});
  quant::TensorGroup group(recipe.learn.bias, {Tensor::full({1}, 1), Tensor::full({1}, 2)});
  std::vector<Tensor> before;
  group.append_to(before);
  const Tensor grads[] = {Tensor::full({1}, 2), Tensor::full({1}, -2)};
  group.step(grads, 0, 10);
  CHECK(group[0].item() == 0);
  CHECK(group[1].item() == 3);
  std::span<const Tensor> state(before);
  group.take_from(state);
  CHECK(state.empty());
  CHECK(group[1].item() == 2);
}

TEST_CASE("an empty group does nothing") {
  quant::TensorGroup group;
  group.step({}, 0, 10);
  group.observe(1.0);
  CHECK(group.empty());
}
