#include "nn/layers/residual_block.h"

#include "tests/nn/passes.h"

using namespace nn_test;

namespace {

std::vector<std::string> unit_paths(nn::ResidualBlock& block) {
  std::vector<std::string> out;
  for (const nn::LayerUnit& unit : block.stage().layers) out.push_back(unit.path);
  return out;
}

}  // namespace

TEST_CASE("layer units are the convolutions of the block, each with a Weighted module") {
  nn::ResidualBlock basic({.in = 4, .width = 4}),
      bottleneck({.in = 4, .width = 2, .stride = 2, .bottleneck = true});
  nn::bind_paths(basic);
  nn::bind_paths(bottleneck);
  CHECK(unit_paths(basic) == std::vector<std::string>{"conv1", "conv2"});
  CHECK(unit_paths(bottleneck) ==
        std::vector<std::string>{"conv1", "conv2", "conv3", "downsample.0"});
  for (const nn::LayerUnit& unit : bottleneck.stage().layers) {
    const auto* weighted = dynamic_cast<nn::Weighted*>(unit.module);
    REQUIRE(weighted);
    CHECK(weighted->path() == unit.path);
  }
}

TEST_CASE("option A takes every second pixel and pads channels with zeros on both sides") {
  nn::ResidualBlock block({.in = 2, .width = 4, .stride = 2, .pad_shortcut = true});
  nn::bind_paths(block);  // weights are zero, so the block is relu(shortcut)
  nn::EvalPass pass;
  Tensor x = Tensor::zeros({1, 3, 3, 2});
  for (std::size_t i = 0; i < 18; ++i) x.writable<float>()[i] = static_cast<float>(i + 1);
  const Tensor y = block.forward(Variable(x), pass).value();
  CHECK(y.shape() == core::Shape{1, 2, 2, 4});
  CHECK(y.values() == std::vector<double>{0, 1, 2, 0, 0, 5, 6, 0, 0, 13, 14, 0, 0, 17, 18, 0});
  CHECK(unit_paths(block) == std::vector<std::string>{"conv1", "conv2"});
}

TEST_CASE("blocks have the right gradients") {
  // inputs are away from the kinks of ReLU with this seed; gradcheck would say otherwise
  check_gradients(nn::ResidualBlock({.in = 2, .width = 4, .stride = 2, .pad_shortcut = true}),
                  random({1, 4, 4, 2}, 1, core::DType::f64));
  check_gradients(nn::ResidualBlock({.in = 2, .width = 2, .stride = 2, .bottleneck = true}),
                  random({1, 4, 4, 2}, 2, core::DType::f64));
}

TEST_CASE("the last hook of a block is the activation after the sum") {
  nn::ResidualBlock block({.in = 2, .width = 2, .bottleneck = false});
  nn::bind_paths(block);
  RecordingPass pass;
  block.forward(Variable(random({1, 3, 3, 2}, 1)), pass);
  CHECK(pass.calls.back() == "output act2");
}

TEST_CASE("a unit runs its layer alone, with the activation that follows it") {
  nn::ResidualBlock block({.in = 2, .width = 2});
  nn::bind_paths(block);
  for (nn::Parameter* p : nn::parameters(block)) p->value = random(p->value.shape(), 4);
  nn::EvalPass pass;
  const std::vector<nn::LayerUnit> units = block.stage().layers;
  const Variable x(random({1, 3, 3, 2}, 1));
  const Variable a = units[0].run(x, pass);
  for (const double v : a.value().values()) CHECK(v >= 0);
  const Tensor before_sum = units[1].run(a, pass).value();
  Tensor expected = before_sum;
  for (std::size_t i = 0; i < 18; ++i) {
    expected.writable<float>()[i] =
        std::max(0.0f, before_sum.data<float>()[i] + x.value().data<float>()[i]);
  }
  CHECK(support::same_bits(block.forward(x, pass).value(), expected));
}
