#include "nn/fit.h"

#include "nn/state_dict.h"
#include "tests/nn/support.h"

using namespace nn_test;

namespace {

std::unique_ptr<nn::Optimizer> sgd() {
  core::Params p = options({{"name", "sgd"}, {"lr", 0.05}, {"momentum", 0.9}});
  return core::Registry<nn::Optimizer>::create(p);
}

}  // namespace

TEST_CASE("a few steps learn a small batch by heart") {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    auto m = model({{"name", name}, {"in_channels", 1}, {"img_size", 8}});
    const auto optimizer = sgd();
    const Tensor x = random({8, 8, 8, 1}, 1);
    const Tensor y = Tensor::of<std::int64_t>({8}, {0, 1, 2, 3, 4, 5, 6, 7});
    nn::FitResult last{};
    for (std::uint64_t step = 0; step < 25; ++step) {
      last = nn::fit_step(*m, *optimizer, x, y, {.lr = 0.05}, core::Rng(1).stream(step));
    }
    CHECK_MESSAGE(last.loss < 0.2, name << " " << last.loss);
    CHECK(last.correct == 8);
  }
}

TEST_CASE("a step writes the weights in place: nothing is copied") {
  auto m = model({{"name", "resnet20"}, {"img_size", 8}});
  const auto optimizer = sgd();
  const Tensor x = random({4, 8, 8, 3}, 1), y = Tensor::zeros({4}, core::DType::s64);
  const auto where = [&] {
    std::vector<const std::byte*> out;
    for (const nn::Parameter* p : nn::parameters(*m)) out.push_back(p->value.raw());
    return out;
  };
  const auto before = where();
  nn::fit_step(*m, *optimizer, x, y, {.lr = 0.1}, core::Rng(1));
  CHECK(before == where());
}

TEST_CASE("a loss that is not finite is an error and leaves the model as it was") {
  auto m = model({{"name", "resnet20"}, {"img_size", 8}});
  const auto optimizer = sgd();
  const Tensor before = nn::parameters(*m)[0]->value;
  const Tensor x = Tensor::full({2, 8, 8, 3}, NAN), y = Tensor::zeros({2}, core::DType::s64);
  CHECK_THROWS_WITH_AS(nn::fit_step(*m, *optimizer, x, y, {.lr = 0.1}, core::Rng(1)),
                       doctest::Contains("finite"), core::Error);
  CHECK(nn::parameters(*m)[0]->value.is_same(before));
}

TEST_CASE("counting compares the first largest logit with the label") {
  const Tensor logits = Tensor::of<float>({3, 2}, {1, 2, 3, 3, 5, 4});
  CHECK(nn::count_correct(logits, Tensor::of<std::int64_t>({3}, {1, 0, 1})) == 2);
  CHECK_THROWS_AS(nn::count_correct(logits, Tensor::of<std::int64_t>({2}, {1, 0})),
                  core::ShapeError);
}
