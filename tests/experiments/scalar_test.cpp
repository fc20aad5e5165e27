#include "experiments/scalar.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/yaml.h"

using namespace experiments;

TEST_CASE("yaml_text reads back as the same tree") {
  const core::Value tree = parse_yaml_value(
      "{a: 1, b: 1.0, c: '1', d: 'yes', e: '', f: [1, [2, {x: y}], {}, []], g: {h: null, i: true},"
      " j: \"tab\\tquote\\\" and : colon # hash\", k: '-', l: '~', m: 1.0e-300, 'odd key: x': 3, "
      "n: 'ünï'}",
      "f");
  const std::string text = yaml_text(tree);
  INFO(text);
  CHECK(parse_yaml_value(text, "f") == tree);
  CHECK(parse_yaml_value(yaml_text(core::Value(core::Value::Map{})), "f") ==
        core::Value(core::Value::Map{}));
}

TEST_CASE("json_text is compact, keeps the order of keys and tells reals from integers") {
  const core::Value tree =
      parse_yaml_value("{b: 1, a: [1.0, x, null, true], c: \"q\\\"\\n\"}", "f");
  CHECK(json_text(tree) == "{\"b\":1,\"a\":[1.0,\"x\",null,true],\"c\":\"q\\\"\\n\"}");
}

TEST_CASE("an ambiguous word is refused at its mark") {
  CHECK_THROWS_WITH_AS(plain_scalar("ON", {.file = "f", .line = 2, .column = 7}),
                       doctest::Contains("f:2:7"), core::ConfigError);
  CHECK(plain_scalar("nothing", {}).as_string());
  CHECK(plain_scalar("1e", {}).as_string());
  CHECK(plain_scalar("-", {}).as_string());
  CHECK_THROWS_AS(plain_scalar("00", {.file = "f"}), core::ConfigError);
}
