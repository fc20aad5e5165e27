#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradients.h"
#include "quant/regulariser/beta_schedule.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

TEST_CASE("the exponent falls as in BRECQ (linear) and AIMET (cosine)") {
  // oracle for 20,000 steps at 8k, 12k, 16k, 20k
  quant::BetaSchedule beta{.shape = "linear"};
  const std::int64_t steps[] = {8000, 12000, 16000, 20000};
  const double linear[] = {15.5, 11, 6.5, 2}, cosine[] = {17.36, 11, 4.64, 2};
  for (int i = 0; i < 4; ++i)
    CHECK(*beta.at(steps[i], 20000) == doctest::Approx(linear[i]).epsilon(1e-12));
  beta.shape = "cosine";
  for (int i = 0; i < 4; ++i)
    CHECK(std::abs(*beta.at(steps[i], 20000) - cosine[i]) < 0.005);  // two decimals
  beta.shape = "const";
  CHECK(*beta.at(4000, 20000) == 2);
  CHECK_FALSE(beta.at(3999, 20000));
  CHECK(*quant::BetaSchedule{}.at(4000, 20000) == 20);
}

TEST_CASE("adaround is lambda times the sum of 1 - |2h-1|^beta over all weights") {
  const auto adaround = quant_test::make<quant::Regulariser>(
      "adaround", {{"lambda", 0.5}, {"schedule", "const"}, {"beta_end", 3.0}, {"warm_up", 0.0}});
  const std::vector<Variable> h{Variable(Tensor::of<double>({2}, {0.5, 1.0})),
                                Variable(Tensor::of<double>({1}, {0.75}))};
  CHECK((*adaround)(h, 0, 10)->value().item() == doctest::Approx(0.5 * (1 + 0 + 1 - 0.125)));
}

TEST_CASE("adaround is off during the warm-up, in graph and in numbers") {
  const auto adaround = quant_test::make<quant::Regulariser>("adaround");
  const std::vector<Variable> h{Variable(Tensor::full({2}, 0.3))};
  CHECK_FALSE((*adaround)(h, 19, 100));
  CHECK(adaround->pull(19, 100).lambda == 0);
  CHECK((*adaround)(h, 20, 100));
  CHECK(adaround->pull(20, 100).lambda == 0.01);
  CHECK(adaround->pull(20, 100).beta == 20);
}

TEST_CASE("a large exponent leaves undecided weights alone, a small one pulls them") {
  // oracle: at V = 0.7 the slope is 3.5e-7 lambda for beta 20 and 0.43 lambda for beta 2
  const auto variable = quant_test::make<quant::RoundingVariable>("rect_sigmoid");
  const Variable v(Tensor::of<float>({1}, {0.7f}), true);
  const quant::QuantisedWeight weight{
      Tensor::full({1}, 0.6), {}, {Tensor::full({1}, 1.0), Tensor::zeros({1})}};
  const auto slope = [&](double beta) {
    const auto adaround = quant_test::make<quant::Regulariser>(
        "adaround", {{"lambda", 1.0}, {"schedule", "const"}, {"beta_end", beta}, {"warm_up", 0.0}});
    const Variable h = *variable->soften(weight, std::span(&v, 1), {}).h;
    return std::abs(
        autograd::gradients(*(*adaround)(std::span(&h, 1), 0, 1), std::span(&v, 1))[0].item());
  };
  CHECK(slope(20) == doctest::Approx(3.5e-7).epsilon(0.02));
  CHECK(slope(2) == doctest::Approx(0.43).epsilon(0.02));
}

TEST_CASE("adaround can act during the warm-up, with its first exponent") {
  // source: MCT
  const auto adaround = quant_test::make<quant::Regulariser>("adaround", {{"on_in_warmup", true}});
  const std::vector<Variable> h{Variable(Tensor::full({2}, 0.01))};
  CHECK(adaround->pull(0, 100).lambda == 0.01);
  CHECK(adaround->pull(0, 100).beta == 20);
  CHECK(adaround->pull(20, 100).beta == 20);
  CHECK(adaround->pull(60, 100).beta == 11);
  CHECK((*adaround)(h, 0, 100));
}

TEST_CASE("decided weights freeze after the warm-up, where it is asked for") {
  const auto adaround = quant_test::make<quant::Regulariser>("adaround", {{"freeze", 0.05}});
  CHECK_FALSE(adaround->freeze(19, 100));
  CHECK(adaround->freeze(20, 100) == 0.05);
  CHECK_FALSE(quant_test::make<quant::Regulariser>("adaround")->freeze(99, 100));
}
