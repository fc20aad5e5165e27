#include "quant/learn/patience.h"

#include <doctest/doctest.h>

using core::Tensor;

namespace {

/// Shows given codes.
struct Shown final : quant::Learner {
  std::int32_t code = 0;
  void bind(quant::QuantPass&, std::int64_t, std::int64_t,
            std::vector<autograd::Variable>&) override {}
  void update(std::span<const Tensor>, std::int64_t, std::int64_t) override {}
  void observe(double) override {}
  void place(quant::QuantPass&) override {}
  std::vector<Tensor> codes() const override { return {Tensor::of<std::int32_t>({1}, {code})}; }
  std::vector<Tensor> state() const override { return {}; }
  void restore(std::span<const Tensor>) override {}
};

/// The step at which a loop of 500 steps ends, when the code changes at the given ones.
std::int64_t end_of(std::int64_t steps, const std::vector<std::int64_t>& changes) {
  Shown learner;
  quant::Learner* const learners[] = {&learner};
  quant::Patience patience(steps);
  for (std::int64_t step = 0; step < 500; ++step) {
    for (const std::int64_t change : changes) learner.code += change == step;
    if (patience.is_over(step, learners)) return step;
  }
  return 500;
}

}  // namespace

TEST_CASE("a loop is over once its codes have stayed for so many steps, seen every 25") {
  CHECK(end_of(50, {}) == 50);
  CHECK(end_of(60, {}) == 75);
  CHECK(end_of(50, {30, 70}) == 125);
  CHECK(end_of(0, {}) == 500);
}
