#include "nn/model.h"

#include "nn/state_dict.h"
#include "tests/nn/support.h"

using namespace nn_test;

TEST_CASE("forward is the fold over the stages") {
  auto m = model({{"name", "resnet20"}, {"img_size", 8}});
  nn::EvalPass pass;
  const Variable x(random({2, 8, 8, 3}, 1));
  Variable y = x;
  for (const nn::Stage& stage : m->stages()) y = stage.run(y, pass);
  CHECK(support::same_bits(m->forward(x, pass).value(), y.value()));
  CHECK(y.shape() == core::Shape{2, 10});
}

TEST_CASE("images with the wrong number of channels are refused") {
  auto m = model({{"name", "resnet20"}, {"in_channels", 1}});
  nn::EvalPass pass;
  CHECK_THROWS_WITH_AS(m->forward(Variable(random({1, 8, 8, 3}, 1)), pass),
                       doctest::Contains("(N, H, W, 1)"), core::ShapeError);
}

TEST_CASE("the seed decides the weights, path by path") {
  auto a = model({{"name", "resnet20"}}, 1), b = model({{"name", "resnet20"}}, 1),
       c = model({{"name", "resnet20"}}, 2);
  auto longer = model({{"name", "resnet32"}}, 1);
  const auto conv = [](nn::Model& m) { return m.stages()[0].layers[0].module; };
  const auto weight = [&](nn::Model& m) { return nn::parameters(*conv(m))[0]->value; };
  CHECK(support::same_bits(weight(*a), weight(*b)));
  CHECK_FALSE(support::same_bits(weight(*a), weight(*c)));
  CHECK(support::same_bits(weight(*a), weight(*longer)));
}

TEST_CASE("a clone computes the same and shares nothing that is written") {
  auto m = model({{"name", "vit_micro_patch4_28"}});
  const auto copy = m->clone();
  nn::EvalPass pass;
  const Variable x(random({1, 28, 28, 3}, 1));
  const Tensor before = m->forward(x, pass).value();
  CHECK(support::same_bits(before, copy->forward(x, pass).value()));
  for (nn::Parameter* p : nn::parameters(*copy)) p->value.writable<float>()[0] += 1;
  CHECK(support::same_bits(before, m->forward(x, pass).value()));
}

TEST_CASE("unknown models and options are refused with the nearest name") {
  CHECK(contains(refusal([] { model({{"name", "resnet21"}}); }), "resnet20"));
  CHECK(contains(refusal([] { model({{"name", "resnet20"}, {"clases", 3}}); }), "classes"));
  CHECK(contains(refusal([] {
                   model({{"name", "vit_micro_patch4_28"}, {"img_size", 30}});
                 }),
                 "multiple"));
}

TEST_CASE("every registered model can describe its options") {
  for (const std::string& name : core::Registry<nn::Model>::names()) {
    if (contains(name, "base") || contains(name, "152") || contains(name, "101"))
      continue;  // large
    core::Params params = core::Params::describing();
    CHECK_NOTHROW(core::Registry<nn::Model>::create(name, params));
    CHECK(params.declared().size() >= 3);
  }
}

TEST_CASE("in bf16 every stage hands on bf16, the last one f32 logits close to those of f32") {
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    CAPTURE(name);
    auto m = model({{"name", name}, {"img_size", 28}});
    nn_test::perturb(*m, 3);
    const Variable x(random({3, 28, 28, 3}, 1));
    nn::EvalPass f32, bf16(core::Precision::bf16);
    Variable y = x;
    const std::vector<nn::Stage> stages = m->stages();
    for (std::size_t s = 0; s < stages.size(); ++s) {
      y = stages[s].run(y, bf16);
      CHECK(y.value().dtype() == (s + 1 < stages.size() ? core::DType::bf16 : core::DType::f32));
    }
    // a few dozen roundings to 2^-9 in a row
    CHECK(support::relative_difference(y.value(), m->forward(x, f32).value()) < 0.05);
  }
}
