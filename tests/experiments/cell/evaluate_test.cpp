#include "experiments/cell/evaluate.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/tiny_dataset.h"

using namespace experiments;

namespace {

/// Says class (pixel value mod 10) for images below `right`, class 0 after that, and NaN for image
/// `broken`.
class Oracle final : public nn::Model {
 public:
  std::int64_t right = 0, broken = -1;
  std::string_view type() const override { return "Oracle"; }
  nn::InputSpec input_spec() const override { return {4, 4, 1}; }
  std::int64_t classes() const override { return 10; }
  std::unique_ptr<nn::Model> clone() const override { return std::make_unique<Oracle>(*this); }
  void initialise(const core::Rng&) override {}
  std::vector<nn::Stage> stages() override {
    return {
        {"all", this, [this](const autograd::Variable& x, nn::Pass&) { return answer(x); }, {}}};
  }

 private:
  autograd::Variable answer(const autograd::Variable& x) const {
    const std::int64_t n = x.shape()[0];
    core::Tensor logits = core::Tensor::zeros({n, 10});
    for (std::int64_t i = 0; i < n; ++i) {
      const auto image = static_cast<std::int64_t>(std::lround(x.value().at(i * 16)));
      float* row = logits.writable<float>().data() + i * 10;
      row[image < right ? image % 10 : 0] = 1;
      if (image == broken) row[3] = NAN;
    }
    return autograd::Variable(logits);
  }
};

}  // namespace

TEST_CASE("top-1 counts every image once, whatever the batch, and keeps each answer") {
  const support::TinyDataset dataset(57);
  Oracle model;
  model.right = 33;
  nn::EvalPass pass;
  core::Monitor monitor;
  for (const std::int64_t batch : {1, 8, 57, 100}) {
    const Accuracy a = evaluate(model, pass, dataset, {.batch = batch}, monitor);
    CHECK(a.images == 57);
    CHECK(a.correct == 33 + 2);  // images 40 and 50 are of class 0
    REQUIRE(a.bits.size() == 8);
    for (std::int64_t i = 0; i < 57; ++i) {
      const bool right = (a.bits[static_cast<std::size_t>(i / 8)] >> (i % 8)) & 1;
      CHECK(right == (i < 33 || i == 40 || i == 50));
    }
  }
  CHECK(evaluate(model, pass, dataset, {.count = 10}, monitor).top1() == 100.0);
  CHECK_THROWS_AS(evaluate(model, pass, dataset, {.count = 58}, monitor), core::InputError);
}

TEST_CASE("an image with a NaN logit is wrong and counted") {
  const support::TinyDataset dataset(10);
  Oracle model;
  model.right = 10;
  model.broken = 4;
  nn::EvalPass pass;
  core::Monitor monitor;
  const Accuracy a = evaluate(model, pass, dataset, {}, monitor);
  CHECK(a.correct == 9);
  CHECK(a.not_finite == 1);
}

TEST_CASE("a stop leaves the evaluation") {
  struct Stop : core::Monitor {
    bool stop_requested() const override { return true; }
  } stop;
  const support::TinyDataset dataset(10);
  Oracle model;
  nn::EvalPass pass;
  CHECK_THROWS_AS(evaluate(model, pass, dataset, {}, stop), core::Interrupted);
}
