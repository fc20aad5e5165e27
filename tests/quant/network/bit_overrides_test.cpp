#include "quant/network/bit_overrides.h"

#include <doctest/doctest.h>

#include "tests/quant/helpers.h"

using quant::BitOverrides;

namespace {

const std::vector<BitOverrides::Place> kPlaces{{"conv1", true, false},
                                               {"layer1.0.conv1", false, false},
                                               {"layer1.0.conv2", false, false},
                                               {"layer1.1.conv1", false, false},
                                               {"linear", false, true}};

BitOverrides overrides(core::Value::Map map) {
  core::Value tree{core::Value::Map{}};
  tree.set_path("overrides", core::Value(std::move(map)));
  core::Params params(tree, "quant.weight");
  BitOverrides out(params);
  params.done();
  return out;
}

/// The bits of all places, 0 where nothing was said.
std::vector<int> bits(core::Value::Map map) {
  std::vector<int> out;
  for (const auto& b : overrides(std::move(map)).bits_of(kPlaces)) out.push_back(b.value_or(0));
  return out;
}

}  // namespace

TEST_CASE("a star stands for any characters, none included, and nothing else does") {
  for (const char* pattern : {"layer1.0.conv1", "*", "layer1.*", "*conv1", "l*.0*1",
                              "layer1.0.conv1*", "**conv*", "layer1*.0.conv1"})
    CHECK_MESSAGE(quant::glob_matches(pattern, "layer1.0.conv1"), pattern);
  for (const char* pattern :
       {"", "layer1", "layer1.0.conv", "layer2.*", "*conv2", "layer1?0*", "l*.9*1"})
    CHECK_FALSE_MESSAGE(quant::glob_matches(pattern, "layer1.0.conv1"), pattern);
}

TEST_CASE("overrides reach exact paths, globs and roles, and the most specific one wins") {
  CHECK(bits({}) == std::vector<int>{0, 0, 0, 0, 0});
  CHECK(bits({{"layer1.0.conv1", 5}}) == std::vector<int>{0, 5, 0, 0, 0});
  CHECK(bits({{"stem", 8}, {"head", 32}}) == std::vector<int>{8, 0, 0, 0, 32});
  CHECK(bits({{"layer1.*", 3}, {"layer1.0.*", 4}, {"*", 2}, {"head", 6}}) ==
        std::vector<int>{2, 4, 4, 3, 6});
  // in whatever order they are written
  CHECK(bits({{"*", 2}, {"layer1.0.conv2", 7}, {"layer1.0.*", 4}, {"layer1.*", 3}}) ==
        std::vector<int>{2, 4, 7, 3, 2});
  const core::Value long_form{core::Value::Map{{"bits", 6}}};
  CHECK(bits({{"linear", long_form}}) == std::vector<int>{0, 0, 0, 0, 6});
  CHECK(overrides({{"conv1", 32}, {"linear", 5}}).most_bits() == 5);
  CHECK(overrides({}).most_bits() == 0);
}

TEST_CASE("a pattern that meets nothing is refused with the nearest path") {
  CHECK_THROWS_WITH_AS(bits({{"layer1.0.conv3", 5}}), doctest::Contains("layer1.0.conv2"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(bits({{"layer9.*", 5}}),
                       doctest::Contains("quant.weight.overrides.layer9.*"), core::ConfigError);
}

TEST_CASE("equally specific globs may agree but not disagree") {
  CHECK(bits({{"*.0.*", 3}, {"*.1.*", 5}}) == std::vector<int>{0, 3, 3, 5, 0});
  CHECK(bits({{"*conv1", 3}, {"conv1*", 3}})[0] == 3);
  CHECK_THROWS_WITH_AS(bits({{"*conv1", 3}, {"conv1*", 4}}), doctest::Contains("as specific"),
                       core::ConfigError);
}

TEST_CASE("what is no number of bits is refused") {
  CHECK_THROWS_AS(bits({{"conv1", 9}}), core::ConfigError);
  CHECK_THROWS_AS(bits({{"conv1", 1}}), core::ConfigError);
  CHECK_THROWS_AS(bits({{"conv1", "eight"}}), core::ConfigError);
  CHECK_THROWS_AS(bits({{"conv1", core::Value(core::Value::Map{})}}), core::ConfigError);
  CHECK_THROWS_AS(bits({{"conv1", core::Value(core::Value::Map{{"bits", 4}, {"bit", 4}})}}),
                  core::ConfigError);
}
