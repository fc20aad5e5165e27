#include "nn/norm_eps.h"

#include "tests/nn/support.h"

using namespace nn_test;
using Metadata = std::map<std::string, std::string>;

namespace {

core::Value::Map tiny(const char* name, core::Value::Map more = {}) {
  core::Value::Map map{{"name", name}, {"img_size", 28}, {"in_channels", 1}, {"classes", 10}};
  map.insert(map.end(), more.begin(), more.end());
  return map;
}

Tensor logits(nn::Model& m) {
  perturb(m, 3);
  nn::EvalPass pass;
  return m.forward(Variable(random({2, 28, 28, 1}, 4)), pass).value();
}

}  // namespace

TEST_CASE("a model has the eps of the norms that it has, and no other") {
  CHECK(nn::norm_eps(*model(tiny("resnet20"))) == std::map<std::string, double>{{"bn_eps", 1e-5}});
  CHECK(nn::norm_eps(*model(tiny("vit_micro_patch4_28"))) ==
        std::map<std::string, double>{{"ln_eps", 1e-6}});
  CHECK_THROWS_AS(model(tiny("resnet20", {{"ln_eps", 1e-6}})), core::ConfigError);
  CHECK_THROWS_AS(model(tiny("vit_micro_patch4_28", {{"bn_eps", 1e-5}})), core::ConfigError);
  CHECK_THROWS_AS(model(tiny("resnet20", {{"bn_eps", 0.0}})), core::ConfigError);
}

TEST_CASE("the eps that a file says is that of the key, in every norm of a network") {
  for (const auto& [name, key] : {std::pair{"resnet20", "bn_eps"},
                                  {"resnet18", "bn_eps"},
                                  {"resnet50", "bn_eps"},
                                  {"vit_micro_patch4_28", "ln_eps"}}) {
    CAPTURE(name);
    const auto plain = model(tiny(name)), by_key = model(tiny(name, {{key, 0.25}})),
               by_file = model(tiny(name));
    nn::take_norm_eps(*by_file, {{key, "0.25"}, {"format", "pt"}}, core::Value(tiny(name)), "w");
    CHECK(nn::norm_eps(*by_file).at(key) == 0.25);
    const Tensor expected = logits(*by_key);
    const auto copy = by_file->clone();
    CHECK(support::same_bits(logits(*by_file), expected));
    CHECK(support::relative_difference(logits(*plain), expected) > 1e-3);
    CHECK(support::same_bits(logits(*copy), expected));
  }
}

TEST_CASE("an eps that cannot be right is refused with both values and both places") {
  const auto refused = [](const char* name, core::Value::Map given, const Metadata& metadata) {
    return refusal([&] {
      const core::Value tree(tiny(name, given));
      nn::take_norm_eps(*model(tiny(name, given)), metadata, tree, "w.safetensors");
    });
  };
  const std::string both = refused("resnet20", {{"bn_eps", 1e-5}}, {{"bn_eps", "0.001"}});
  CHECK(contains(both, "model.bn_eps: 1e-05 here, but w.safetensors says 0.001"));
  CHECK(refused("resnet20", {{"bn_eps", 1e-3}}, {{"bn_eps", "1e-3"}}) == "no InputError");
  CHECK(refused("resnet20", {}, {{"bn_eps", "1e-3"}}) == "no InputError");
  CHECK(contains(refused("resnet20", {}, {{"ln_eps", "1e-6"}}), "no such norms"));
  for (const char* text : {"", "small", "1e-3 ", "0", "-1e-5", "2", "nan", "inf"}) {
    const std::string message = refused("resnet20", {}, {{"bn_eps", text}});
    CHECK(contains(message, "w.safetensors: __metadata__ 'bn_eps' must be a number"));
  }
}
