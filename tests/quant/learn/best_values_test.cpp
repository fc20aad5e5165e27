#include "quant/learn/best_values.h"

#include <doctest/doctest.h>

#include "autograd/ops/linear.h"
#include "tests/quant/helpers.h"

using autograd::Variable;
using core::Tensor;

namespace {

struct Probe final : nn::Module {
  std::string_view type() const override { return "Probe"; }
};

/// One number that takes the values of a script, whatever its gradient.
class Scripted final : public quant::Learner {
 public:
  explicit Scripted(std::vector<double> script) : script_(std::move(script)), value_(script_[0]) {}
  void bind(quant::QuantPass& pass, std::int64_t, std::int64_t,
            std::vector<Variable>& wrt) override {
    const Variable v(tensor(), true);
    pass.set_parameter("w", v);
    wrt.push_back(v);
  }
  std::optional<Variable> penalty(std::int64_t, std::int64_t) override { return std::nullopt; }
  void update(std::span<const Tensor>, std::int64_t step, std::int64_t) override {
    value_ = script_.at(static_cast<std::size_t>(step) + 1);
  }
  void observe(double loss) override { observed.push_back(loss); }
  void place(quant::QuantPass& pass) override {
    pass.set_parameter("w", Variable(tensor()));
    ++placed;
  }
  std::vector<Tensor> state() const override { return {tensor()}; }
  void restore(std::span<const Tensor> state) override { value_ = state[0].item(); }
  double value() const { return value_; }

  int placed = 0;
  std::vector<double> observed;

 private:
  Tensor tensor() const { return Tensor::full({1, 1}, value_); }
  std::vector<double> script_;
  double value_;
};

/// y = w x with a float weight of 2, through the values of `script`; what stays in the end.
struct Line {
  quant::UnitData data;
  quant::QuantPass pass{core::Precision::f32};
  Probe probe;
  Scripted learner;
  std::size_t curve = 0;

  explicit Line(std::vector<double> script) : learner(std::move(script)) {
    data.x_quant = data.x_float = core::Rng(4).normal({8, 1}, 0, 1);
    data.y_float =
        autograd::linear(Variable(data.x_float), Variable(Tensor::full({1, 1}, 2))).value();
  }
  double learn(quant_test::Keys keys) {
    const quant::Recipe recipe = quant_test::recipe(keys);
    const quant::Unit unit{
        "line", [this](const Variable& x, nn::Pass& p) {
          return autograd::linear(x, p.parameter(probe, {"w", Tensor::full({1, 1}, 2)}));
        }};
    quant::Learner* const learners[] = {&learner};
    core::Monitor monitor;
    const auto result =
        quant::reconstruct({unit, data, recipe.learn, pass}, learners, core::Rng(1), monitor);
    curve = result.curve.loss.size();
    return learner.value();
  }
};

}  // namespace

TEST_CASE("best keeps exactly the measured values of the lowest hard loss, both ends included") {
  const auto kept = [](std::vector<double> script, std::int64_t every) {
    const auto steps = static_cast<std::int64_t>(script.size()) - 1;
    return Line(std::move(script))
        .learn({{"learn.iters", steps},
                {"learn.snapshot", "best"},
                {"learn.snapshot_every", every},
                {"learn.batch", 2}});
  };
  CHECK(kept({0, 1, 2.5, 1.9, 3}, 1) == doctest::Approx(1.9));
  CHECK(kept({0, 1, 2.5, 1.9, 3}, 2) == 2.5);  // 1.9 is not measured
  CHECK(kept({1.8, 1, 2.5, 2.4, 3}, 1) == doctest::Approx(1.8));
  CHECK(kept({0, 1, 2.5, 2.4, 2.1}, 3) == doctest::Approx(2.1));  // after the last step
}

TEST_CASE("best_batch keeps the values of the best step; what the last step made was never seen") {
  Line line({0, 1, 2.2, 1.5, 2});
  CHECK(line.learn({{"learn.iters", 4},
                    {"learn.snapshot", "best_batch"},
                    {"learn.variable", "ste_weight"},
                    {"learn.batch", 8}}) == doctest::Approx(2.2));
  CHECK(line.learner.placed == 0);
}

TEST_CASE("of equal losses the first stays") {
  Line line({1, -1, 1, -1});
  line.data.y_float = Tensor::zeros({8, 1});
  CHECK(line.learn({{"learn.iters", 3}, {"learn.snapshot", "best"}, {"learn.snapshot_every", 1}}) ==
        1);
}

TEST_CASE("last keeps the last values and measures nothing") {
  Line line({0, 2, 5});
  CHECK(line.learn({{"learn.iters", 2}}) == 5);
  CHECK(line.learner.placed == 0);
  CHECK(line.curve == 2);
  REQUIRE(line.learner.observed.size() == 2);  // learners hear of the loss of every step
  CHECK(line.learner.observed[1] == 0);
}

TEST_CASE("a loss that is not a number never counts as best") {
  Line line({1, 2, 3});
  line.data.y_float = Tensor::full({8, 1}, 1);
  line.data.y_float.writable<float>()[7] = NAN;  // seen by the measurement, not by a batch of one
  const double kept = line.learn({{"learn.iters", 2},
                                  {"learn.snapshot", "best"},
                                  {"learn.snapshot_every", 1},
                                  {"learn.batch", 1}});
  CHECK(kept == 3);
}

TEST_CASE("states go back to the learners they came from, one each") {
  Scripted a({1, 5}), b({2, 6});
  quant::Learner* const both[] = {&a, &b};
  const quant::LearnerStates start = quant::states_of(both);
  a.update({}, 0, 1);
  b.update({}, 0, 1);
  CHECK(a.value() == 5);
  quant::restore_states(both, start);
  CHECK(a.value() == 1);
  CHECK(b.value() == 2);
  quant::QuantPass pass(core::Precision::f32);
  quant::place_all(both, pass);
  CHECK(a.placed + b.placed == 2);
  CHECK_THROWS_AS(quant::restore_states(std::span(both).first(1), start), core::ShapeError);
}
