#include "nn/state_dict.h"

#include "tests/nn/passes.h"

using namespace nn_test;

namespace {

std::map<std::string, Tensor> dictionary(nn::Module& m) {
  const auto listed = nn::state_dict(m);
  return {listed.begin(), listed.end()};
}

}  // namespace

TEST_CASE("a model reproduces another one from its state dict") {
  auto a = model({{"name", "resnet20"}}, 1), b = model({{"name", "resnet20"}}, 2);
  perturb(*a, 9);
  nn::load_state(*b, dictionary(*a), "x");
  nn::EvalPass pass;
  const Variable x(random({1, 8, 8, 3}, 1));
  CHECK(support::same_bits(a->forward(x, pass).value(), b->forward(x, pass).value()));
}

TEST_CASE("everything that does not fit is listed at once and nothing is written") {
  auto m = model({{"name", "resnet20"}}, 1), other = model({{"name", "resnet20"}}, 2);
  auto tensors = dictionary(*other);
  tensors.erase("linear.bias");
  tensors.erase("bn1.weight");
  tensors.emplace("extra.one", Tensor::zeros({1}));
  tensors.emplace("extra.two", Tensor::zeros({2}));
  tensors["conv1.weight"] = Tensor::zeros({16, 3, 5, 5});
  tensors["linear.weight"] = Tensor::zeros({10, 64}, core::DType::s32);
  const Tensor before = nn::parameters(*m)[1]->value;
  const std::string message = refusal([&] { nn::load_state(*m, tensors, "w.safetensors"); });
  for (const char* part :
       {"w.safetensors", "missing: linear.bias (10)", "missing: bn1.weight (16)",
        "unexpected: extra.one", "unexpected: extra.two (2)",
        "conv1.weight is (16, 3, 5, 5), the model needs (16, 3, 3, 3)", "linear.weight is s32"}) {
    CHECK_MESSAGE(contains(message, part), part << " not in " << message);
  }
  CHECK(nn::parameters(*m)[1]->value.is_same(before));
}

TEST_CASE("a shared prefix is dropped, a partial one is not") {
  auto a = model({{"name", "resnet20"}}, 1), b = model({{"name", "resnet20"}}, 2);
  std::map<std::string, Tensor> prefixed;
  for (const auto& [name, t] : nn::state_dict(*a)) prefixed.emplace("module.model." + name, t);
  CHECK_NOTHROW(nn::load_state(*b, prefixed, "x"));
  CHECK(support::same_bits(nn::parameters(*a)[0]->value, nn::parameters(*b)[0]->value));
  prefixed.emplace("conv9.weight", Tensor::zeros({1}));
  CHECK(contains(refusal([&] { nn::load_state(*b, prefixed, "x"); }),
                 "unexpected: module.model.conv1.weight"));
}

TEST_CASE("missing batch counters count as zero") {
  auto m = model({{"name", "resnet20"}}, 1);
  nn::buffers(*m)[2]->value = Tensor::full({}, 7, core::DType::s64);
  auto tensors = dictionary(*m);
  std::erase_if(tensors,
                [](const auto& item) { return item.first.ends_with("num_batches_tracked"); });
  nn::load_state(*m, tensors, "x");
  CHECK(nn::buffers(*m)[2]->value.data<std::int64_t>()[0] == 0);
}

TEST_CASE("wider and narrower floats convert to the dtype of the model") {
  auto m = model({{"name", "resnet20"}}, 1);
  auto tensors = dictionary(*m);
  for (auto& [name, t] : tensors) {
    if (t.dtype() == core::DType::f32) t = t.to(core::DType::f64);
  }
  const Tensor before = nn::parameters(*m)[0]->value;
  nn::load_state(*m, tensors, "x");
  CHECK(support::same_bits(nn::parameters(*m)[0]->value, before));
}

TEST_CASE("an unbound model has no state dict") {
  nn::BatchNorm2d bn(3, 1e-5);
  CHECK_THROWS_AS(nn::state_dict(bn), core::Error);
}

TEST_CASE("values that are not finite and negative variances are refused, every tensor named") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              inf = std::numeric_limits<float>::infinity();
  const auto with = [](const Tensor& t, std::size_t at, float value) {
    Tensor out = t;
    out.writable<float>()[at] = value;
    return out;
  };
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    auto m = model({{"name", name}}, 1);
    const Tensor before = nn::parameters(*m)[0]->value;
    std::size_t refused = 0, floats = 0;
    for (const auto& [path, t] : dictionary(*m)) {  // norms, biases, embeddings and buffers alike
      if (t.dtype() != core::DType::f32) continue;
      ++floats;
      auto tensors = dictionary(*m);
      const auto last = static_cast<std::size_t>(t.numel()) - 1;
      tensors[path] = with(t, last, floats % 2 ? nan : -inf);
      const std::string message = refusal([&] { nn::load_state(*m, tensors, "w.safetensors"); });
      refused +=
          contains(message, "w.safetensors: ") &&
          contains(message, fmt::format("not finite: {}, 1 of {} values, the first at {}: {}", path,
                                        t.numel(), last, floats % 2 ? "nan" : "-inf"));
    }
    CHECK(floats > 20);
    CHECK(refused == floats);
    CHECK(nn::parameters(*m)[0]->value.is_same(before));
  }
  auto m = model({{"name", "resnet20"}}, 1);
  auto tensors = dictionary(*m);
  tensors["bn1.running_var"] = with(tensors["bn1.running_var"], 3, -1e-3f);
  tensors["bn1.running_mean"] = with(tensors["bn1.running_mean"], 3, -1);
  tensors["linear.bias"] = Tensor::full({10}, 1e300, core::DType::f64);
  const std::string message = refusal([&] { nn::load_state(*m, tensors, "x"); });
  CHECK(contains(message, "negative: bn1.running_var, 1 of 16 values, the first at 3: -0.001"));
  CHECK(contains(message, "not finite: linear.bias, 10 of 10 values, the first at 0: inf"));
  CHECK(!contains(message, "running_mean"));
}
