#include "quant/importance/network_loss.h"

#include <doctest/doctest.h>

#include "tests/quant/importance/toy_network.h"

using core::Tensor;
using quant::LossOf;
using quant_test::ToyScores;

TEST_CASE("at the float weights the divergence and its gradient are 0, the cross entropy is not") {
  const ToyScores toy;
  const std::vector<Tensor>& w = toy.loss.floats();
  CHECK(toy.loss.value(LossOf::kl, w) == doctest::Approx(0.0).epsilon(1e-6));
  for (const Tensor& g : toy.loss.gradient(LossOf::kl, w)) {
    for (const double x : g.values()) CHECK(std::abs(x) < 1e-6);
  }
  CHECK(toy.loss.value(LossOf::ce, w) > 0.01);
  CHECK(toy.loss.value(LossOf::kl, std::vector<Tensor>{toy.rounded[0][0], toy.rounded[1][0]}) >
        0.001);
}

TEST_CASE("gradients are those of the value, by differences, over several pieces of images") {
  const ToyScores toy;
  for (const LossOf what : {LossOf::kl, LossOf::ce}) {
    const std::vector<Tensor> at{toy.rounded[0][1], toy.rounded[1][1]};
    const std::vector<Tensor> gradient = toy.loss.gradient(what, at);
    const std::size_t second = 1;
    const std::vector<Tensor> only = toy.loss.gradient(what, at, std::span(&second, 1));
    REQUIRE(only.size() == 1);
    CHECK(support::relative_difference(only[0], gradient[1]) < 1e-6);
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::int64_t k = 0; k < at[i].numel(); k += 4) {
        const auto moved = [&](float by) {
          std::vector<Tensor> other = at;
          other[i].writable<float>()[static_cast<std::size_t>(k)] += by;
          return toy.loss.value(what, other);
        };
        // f32 losses near 1 and steps of 1e-2: errors of some 1e-5 and of the curvature
        CHECK((moved(1e-2f) - moved(-1e-2f)) / 2e-2 ==
              doctest::Approx(gradient[i].at(k)).epsilon(2e-2).scale(0.05));
      }
    }
  }
}

TEST_CASE("squared gradients of one image are the squares of its gradient") {
  const ToyScores toy(true, 1);
  const std::vector<Tensor> squares = toy.loss.squared_gradients(nullptr);
  const std::vector<Tensor> gradient = toy.loss.gradient(LossOf::ce, toy.loss.floats());
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::int64_t k = 0; k < squares[i].numel(); ++k)
      CHECK(squares[i].at(k) == doctest::Approx(gradient[i].at(k) * gradient[i].at(k)));
  }
}

TEST_CASE("labels drawn from the network's probabilities give the Fisher information") {
  // one layer: F of w_kj is the mean of p_k (1 - p_k) x_j^2
  const ToyScores toy(false, 3000);
  const core::Rng rng(4);
  const Tensor fisher = toy.loss.squared_gradients(&rng)[0];
  const Tensor x = quant_test::toy_images(3000), w = toy.loss.floats()[0];
  std::vector<double> wanted(15, 0.0);
  for (std::int64_t n = 0; n < 3000; ++n) {
    double z[5], sum = 0;
    for (std::int64_t k = 0; k < 5; ++k) {
      z[k] = 0;
      for (std::int64_t j = 0; j < 3; ++j) z[k] += w.at(k * 3 + j) * x.at(n * 3 + j);
      sum += std::exp(z[k]);
    }
    for (std::int64_t k = 0; k < 5; ++k) {
      const double p = std::exp(z[k]) / sum;
      for (std::int64_t j = 0; j < 3; ++j)
        wanted[static_cast<std::size_t>(k * 3 + j)] +=
            p * (1 - p) * x.at(n * 3 + j) * x.at(n * 3 + j) / 3000;
    }
  }
  double off = 0, all = 0;
  for (std::int64_t k = 0; k < 15; ++k) {
    off += std::abs(fisher.at(k) - wanted[static_cast<std::size_t>(k)]);
    all += wanted[static_cast<std::size_t>(k)];
  }
  CHECK(off / all < 0.1);  // 3000 draws: a standard error of some 5 % an element
  // and the same generator the same labels
  CHECK(support::same_bits(fisher, toy.loss.squared_gradients(&rng)[0]));
}

TEST_CASE("a loss without images, and one that is asked to stop, say so") {
  quant_test::ToyNetwork network(true);
  struct Stop final : core::Monitor {
    bool stop_requested() const override { return true; }
  } stop;
  CHECK_THROWS_AS(quant::NetworkLoss(network.run(), Tensor::zeros({0, 3}), network.weights(),
                                     core::Precision::f32, stop),
                  core::ShapeError);
  const quant::NetworkLoss loss(network.run(), quant_test::toy_images(2), network.weights(),
                                core::Precision::f32, stop);
  CHECK_THROWS_AS(loss.value(LossOf::kl, loss.floats()), core::Interrupted);
  CHECK_THROWS_AS(loss.gradient(LossOf::kl, loss.floats()), core::Interrupted);
}
