#include "experiments/text/source_text.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace experiments;

namespace {

std::string open_in(const std::string& text) {
  const auto open = SourceText(text, "f").open_before(1000, 0);
  return open ? open->at.str() + ": " + open->problem : "";
}

}  // namespace

TEST_CASE("ill-formed UTF-8 and control characters are refused at their line and character") {
  struct Bad {
    std::string text;
    const char* says;
  };
  const std::vector<Bad> table = {
      {"a: \xff", "f:1:4: byte 0xff is not UTF-8 text"},
      {"x: 1\n\xc3\xa4\xe2\x82\xac: \xed\xa0\x80", "f:2:5: byte 0xed"},
      {"\xe0\x80\xaf", "f:1:1: byte 0xe0"},
      {"\xf0\x80\x80\xaf", "f:1:1: byte 0xf0"},
      {"\xf4\x90\x80\x80", "f:1:1: byte 0xf4"},
      {"\n\n\xc3", "f:3:1: byte 0xc3"},
      {"a\x01", "f:1:2: the control character 0x01"},
      {"a\x7f", "f:1:2: the control character 0x7f"},
      {std::string("a\0b", 3), "f:1:2: the control character 0x00"},
  };
  for (const Bad& bad : table) {
    CHECK_THROWS_WITH_AS(require_text(bad.text, "f"), doctest::Contains(bad.says),
                         core::ConfigError);
  }
  CHECK_NOTHROW(require_text("a\tb\r\n\xf0\x9f\x98\x80", "f"));
}

TEST_CASE("columns count characters") {
  const SourceText text("\xc3\xa4\xc3\xb6: x\nb\n", "f");
  CHECK(text.mark(0, 0).str() == "f:1:1");
  CHECK(text.mark(0, 6).str() == "f:1:5");
  CHECK(text.mark(1, 0).str() == "f:2:1");
  CHECK(text.mark(9, 9).line == 3);
}

TEST_CASE("the bracket or quote that was left open is found, and nothing where all are closed") {
  CHECK(open_in("a: [1, 2\nb: 3\n") == "f:1:4: '[' is never closed");
  CHECK(open_in("g:\n  m: {x: [1, 2}\n") == "f:2:10: '[' is closed by '}'");
  CHECK(open_in("- {a: 1\n- {b: 2}\n") == "f:1:3: '{' is never closed");
  CHECK(open_in("a: \"x\nb: 1\n") == "f:1:4: the quote \" is never closed");
  CHECK(open_in("\xc3\xa4: {b: 'it''s'\n") == "f:1:4: '{' is never closed");
  for (const char* good :
       {"title: accuracy [%] of {x\n", "a: 'it''s [' # {\n", "a: \"\\\"[\"\n", "a: it's [\n",
        "a: |\n  [ {\n\n  '\nb: [1]\n", "a: >\n  {\nb: 1\n", "a: [x, 'y]', \"}\"]\n", "# [\na: 1\n",
        "a: [it's, b]\n", "a: log(1, 2, 3)\n", ""}) {
    INFO(good);
    CHECK(open_in(good) == "");
  }
  CHECK(!SourceText("a: 1\nb: [\n", "f").open_before(0, 3));  // opens after the place
}
