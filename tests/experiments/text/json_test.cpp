#include "experiments/text/json.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/text/scalar.h"

using namespace experiments;

TEST_CASE("json_text and parse_json are inverse, to the type of every number") {
  const std::string text = "{\"a\":[1,1.0,-3,1e-06,\"x\\\"y\\n\",null,true,{}],\"b\":{\"c\":[]}}";
  CHECK(json_text(parse_json(text, "t")) == text);
}

TEST_CASE("malformed JSON, duplicate keys and huge integers are refused by name") {
  for (const char* bad :
       {"{\"a\":1,\"a\":2}", "{\"a\":", "[1,]", "18446744073709551615", "", "{} x", "\"\xff\"",
        "{\"\xed\xa0\x80\":1}", "\"\xe0\x80\xaf\"", "\"\xf4\x90\x80\x80\"", "\"\xf0\x80\x80\xaf\"",
        "\"\\ud800\"", "nan", "[inf]"}) {
    INFO(bad);
    CHECK_THROWS_WITH_AS(parse_json(bad, "file.json"), doctest::Contains("file.json"),
                         core::InputError);
  }
  CHECK_THROWS_AS(parse_json(std::string(100, '[') + std::string(100, ']'), "f"), core::InputError);
}

TEST_CASE("a map of very many keys is read in no time") {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += (i ? ",\"" : "\"") + std::to_string(i) + "\":1";
  CHECK(parse_json(text + "}", "f").map().size() == 200000);
  CHECK_THROWS_WITH_AS(parse_json(text + ",\"7\":1}", "f"), doctest::Contains("written twice"),
                       core::InputError);
}
