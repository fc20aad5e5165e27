#include "experiments/text/key_order.h"

#include <doctest/doctest.h>

#include "experiments/text/json.h"
#include "experiments/text/scalar.h"

using namespace experiments;

TEST_CASE("keys are put in order at every level, lists keep theirs") {
  const auto ordered = [](const char* text) {
    return json_text(in_key_order(parse_json(text, "t")));
  };
  CHECK(ordered(R"({"b":1,"a":{"d":[3,1,{"z":0,"y":0}],"c":2}})") ==
        R"({"a":{"c":2,"d":[3,1,{"y":0,"z":0}]},"b":1})");
  CHECK(ordered("3") == "3");
}
