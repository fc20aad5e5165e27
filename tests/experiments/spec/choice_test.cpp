#include "experiments/spec/choice.h"

#include <doctest/doctest.h>

#include "experiments/text/yaml.h"

using namespace experiments;

TEST_CASE("a label is the name of a map or the text of a scalar") {
  CHECK(label_of(parse_yaml_value("{name: resnet20, w: x}", "f")) == "resnet20");
  CHECK(label_of(core::Value(4)) == "4");
  CHECK(label_of(parse_yaml_value("{a: 1}", "f")) == "{a: 1}");
}

TEST_CASE("a choice is met by its value or by its label") {
  const core::Value map = parse_yaml_value("{name: z, k: 3}", "f");
  const Choice choice{"z", map};
  CHECK(same_choice(map, choice));
  CHECK(same_choice(core::Value("z"), choice));
  CHECK_FALSE(same_choice(core::Value("y"), choice));
}
