#include "nn/layers/batch_norm2d.h"

#include <cmath>

#include "nn/norm_eps.h"
#include "tests/nn/passes.h"

using namespace nn_test;

namespace {

nn::BatchNorm2d layer() {
  nn::BatchNorm2d bn(3, nn::kBnEps);
  nn::bind_paths(bn);
  perturb(bn, 2);
  return bn;
}

}  // namespace

TEST_CASE("inference uses the running statistics") {
  const nn::BatchNorm2d bn = layer();
  const Tensor x = random({2, 2, 3, 3}, 1);
  nn::EvalPass pass;
  const Tensor y = bn.forward(Variable(x), pass).value();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const std::int64_t c = i % 3;
    const double expected = (x.at(i) - bn.running_mean.value.at(c)) /
                                std::sqrt(bn.running_var.value.at(c) + 1e-5) *
                                bn.weight.value.at(c) +
                            bn.bias.value.at(c);
    CHECK(y.at(i) == doctest::Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("inference has the right gradients in the affine parameters too") {
  check_gradients(nn::BatchNorm2d(3, nn::kBnEps), random({2, 2, 2, 3}, 1, core::DType::f64));
}

TEST_CASE("training normalises the batch and reports its mean and unbiased variance") {
  nn::BatchNorm2d bn(1, nn::kBnEps);
  LayerTrainPass pass;
  const Tensor y =
      bn.forward(Variable(Tensor::of<float>({4, 1, 1, 1}, {1, 2, 3, 6})), pass).value();
  CHECK(pass.mean.at(0) == doctest::Approx(3.0));
  CHECK(pass.unbiased_var.at(0) == doctest::Approx(14.0 / 3));
  CHECK(y.at(3) == doctest::Approx(3 / std::sqrt(3.5 + 1e-5)));
  CHECK(bn.running_mean.value.at(0) == 0);  // a forward changes nothing
  bn.track(pass.mean, pass.unbiased_var);
  CHECK(bn.running_mean.value.at(0) == doctest::Approx(0.3));
  CHECK(bn.running_var.value.at(0) == doctest::Approx(0.9 + 1.4 / 3));
  CHECK(bn.num_batches_tracked.value.data<std::int64_t>()[0] == 1);
  CHECK_THROWS_AS(bn.track(Tensor::zeros({2}), Tensor::zeros({1})), core::ShapeError);
}

TEST_CASE("the inference form is the layer; folding it away leaves the identity without fields") {
  nn::BatchNorm2d bn = layer();
  const Tensor x = random({2, 1, 2, 3}, 1);
  nn::EvalPass pass;
  const Tensor y = bn.forward(Variable(x), pass).value();
  const auto [scale, shift] = bn.fold_away();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    CHECK(scale.at(i % 3) * x.at(i) + shift.at(i % 3) == doctest::Approx(y.at(i)).epsilon(1e-5));
  }
  CHECK(bn.folded());
  CHECK(nn::parameters(bn).empty());
  CHECK(nn::buffers(bn).empty());
  CHECK(bn.forward(Variable(x), pass).value().is_same(x));
  CHECK_THROWS_AS(bn.fold_away(), core::Error);
}

TEST_CASE("eps stands beside the variance in training, in inference and in what is folded") {
  nn::BatchNorm2d bn(1, 0.5);
  bn.running_var.value = Tensor::full({1}, 1.75);
  const Variable x(Tensor::of<float>({4, 1, 1, 1}, {1, 2, 3, 6}));
  LayerTrainPass training;
  CHECK(bn.forward(x, training).value().at(3) == doctest::Approx(3 / std::sqrt(3.5 + 0.5)));
  nn::EvalPass inference;
  CHECK(bn.forward(x, inference).value().at(3) == doctest::Approx(6 / 1.5));
  CHECK(bn.fold_away().scale.at(0) == doctest::Approx(1 / 1.5));
}

TEST_CASE("a pass sees what enters a layer until the layer is folded away") {
  struct Watcher : nn::EvalPass {
    std::vector<Tensor> seen;
    void batch_norm_input(const nn::BatchNorm2d&, const Variable& x) override {
      seen.push_back(x.value());
    }
  } pass;
  nn::BatchNorm2d bn = layer();
  const Tensor x = random({2, 2, 3, 3}, 1);
  bn.forward(Variable(x), pass);
  REQUIRE(pass.seen.size() == 1);
  CHECK(pass.seen[0].is_same(x));
  bn.fold_away();
  bn.forward(Variable(x), pass);
  CHECK(pass.seen.size() == 1);
}
