#include "nn/optim/parameter_update.h"

#include "tests/nn/support.h"

using namespace nn_test;

TEST_CASE("the list of tensors must stay that of the first step") {
  nn::Slots slots({"m"});
  Tensor a = Tensor::zeros({2}), b = Tensor::zeros({3});
  std::vector<Tensor*> values{&a, &b};
  std::vector<Tensor> grads{Tensor::zeros({2}), Tensor::zeros({3})};
  CHECK(slots.state().empty());
  slots.begin_step("test", values, grads);
  CHECK(slots.steps() == 1);
  CHECK(slots.at(0, 1).shape() == core::Shape{3});
  std::swap(values[0], values[1]);
  CHECK_THROWS_AS(slots.begin_step("test", values, grads), core::ShapeError);
  std::swap(grads[0], grads[1]);
  CHECK_THROWS_AS(slots.begin_step("test", values, grads), core::ShapeError);
  values.pop_back();
  CHECK_THROWS_AS(slots.begin_step("test", values, grads), core::ShapeError);
  grads.pop_back();
  CHECK_THROWS_AS(slots.begin_step("test", values, grads), core::ShapeError);
  CHECK(slots.steps() == 1);
}

TEST_CASE("a refused step leaves no trace in an empty state") {
  nn::Slots slots({"m"});
  Tensor a = Tensor::zeros({2});
  std::vector<Tensor*> values{&a};
  std::vector<Tensor> wrong{Tensor::zeros({3})}, right{Tensor::zeros({2})};
  CHECK_THROWS_AS(slots.begin_step("test", values, wrong), core::ShapeError);
  CHECK(slots.state().empty());
  CHECK_NOTHROW(slots.begin_step("test", values, right));
}

TEST_CASE("a doubtful state is refused and changes nothing") {
  nn::Slots slots({"m", "v"});
  const Tensor t = Tensor::full({}, 3, core::DType::s64), x = Tensor::zeros({2});
  using State = std::map<std::string, Tensor>;
  const State bad[] = {
      {{"m.0", x}, {"v.0", x}},                             // no step count
      {{"t", t}, {"m.0", x}},                               // slots of unequal length
      {{"t", t}, {"m.0", x}, {"v.0", x}, {"u.0", x}},       // unknown entry
      {{"t", t}, {"m.0", x}, {"v.0", Tensor::zeros({3})}},  // unequal shapes
      {{"t", Tensor::zeros({}, core::DType::s64)}, {"m.0", x}, {"v.0", x}}};  // no step taken
  for (const State& state : bad) CHECK_THROWS_AS(slots.load(state), core::InputError);
  CHECK(slots.steps() == 0);
  slots.load({{"t", t}, {"m.0", x}, {"v.0", x}});
  CHECK(slots.steps() == 3);
  slots.load({});
  CHECK(slots.steps() == 0);
}

TEST_CASE("decay_rank1 decides about biases and normalisation parameters") {
  core::Params params = options({{"weight_decay", 0.1}, {"decay_rank1", false}});
  const nn::WeightDecay decay(params, 0.0);
  CHECK(decay.of(Tensor::zeros({4})) == 0);
  CHECK(decay.of(Tensor::zeros({4, 1})) == 0.1);
  CHECK(decay.of(Tensor::zeros({1, 1, 4})) == 0.1);
}
