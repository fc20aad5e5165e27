#include "experiments/text/scalar.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "core/config/utf8.h"
#include "core/error.h"
#include "experiments/text/json.h"
#include "experiments/text/yaml.h"

using namespace experiments;

namespace {

/// Trees of everything that an input can hold, and texts that are hard to write.
class Trees {
 public:
  explicit Trees(std::uint64_t seed) : random_(seed) {}

  core::Value map(int depth) {
    core::Value out{core::Value::Map{}};
    for (std::uint64_t n = random_() % 6; n > 0; --n) {
      const std::string key = text();
      if (!key.empty() && key != "<<" && !out.find(key))
        out.map().emplace_back(key, any(depth - 1));
    }
    return out;
  }

 private:
  core::Value any(int depth) {
    switch (random_() % (depth > 0 ? 9 : 6)) {
      case 0:
        return {};
      case 1:
        return random_() % 2 == 0;
      case 2:
        return static_cast<std::int64_t>(random_()) >> (random_() % 64);
      case 3:
        return real();
      case 6: {
        core::Value::List list;
        for (std::uint64_t n = random_() % 5; n > 0; --n) list.push_back(any(depth - 1));
        return list;
      }
      case 7:
      case 8:
        return map(depth);
      default:
        return text();
    }
  }
  double real() {
    for (;;) {
      const double x = std::bit_cast<double>(random_());
      if (std::isfinite(x)) return x;
    }
  }
  std::string text() {
    static const std::vector<std::string> kHard = {
        "",     "~",   "yes",  "010",  "1e3",  "-",        "- a",        "a: b",   "#",
        "a #b", "? x", "[",    "{",    "}",    "'",        "\"",         "\\",     "\n",
        "\r\n", "\t",  " a",   "a ",   "---",  "...",      "!",          "&a",     "*a",
        "%",    "@",   "|",    ">",    ",",    "\u0085",   "\u2028",     "\ufeff", "\uffff",
        "=",    "<<",  "\x01", "\x1f", "\x7f", "log(1, 2", "\U0010ffff", "\ue000", "\ud7ff"};
    std::string out;
    const bool long_one = random_() % 20 == 0;
    for (std::uint64_t n = long_one ? 900 + random_() % 300 : random_() % 4; n > 0; --n) {
      if (random_() % 3 == 0)
        out += kHard[random_() % kHard.size()];
      else
        out += static_cast<char>('a' + random_() % 26);
    }
    return out;
  }
  std::mt19937_64 random_;
};

}  // namespace

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

TEST_CASE("any tree reads back as it was from YAML and from JSON") {
  Trees trees(19);
  int wrong = 0;
  for (int i = 0; i < 3000; ++i) {
    const core::Value tree = trees.map(4);
    const std::string yaml = yaml_text(tree), json = json_text(tree);
    try {
      if (!(parse_yaml_value(yaml, "f") == tree)) ++wrong;
      if (!(parse_json(json, "f") == tree)) ++wrong;
    } catch (const core::InputError& e) {
      ++wrong;
      CHECK_MESSAGE(false, e.what() << "\n" << yaml.substr(0, 2000));
      break;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("keys of every length read back, alone and nested") {
  for (const std::size_t length :
       {1UL, 999UL, 1000UL, 1001UL, 1022UL, 1023UL, 1024UL, 1025UL, 5000UL}) {
    for (const std::string& key : {std::string(length, 'k'), std::string(length - 1, ' ') + "k"}) {
      for (const core::Value& value :
           {core::Value(1), core::Value("x"), core::Value(core::Value::Map{{key, 2}}),
            core::Value(core::Value::List{core::Value(core::Value::Map{{key, 2}, {"b", 3}})}),
            core::Value(core::Value::Map{}), core::Value()}) {
        const core::Value tree(core::Value::Map{{key, value}, {"after", 1}});
        CHECK(parse_yaml_value(yaml_text(tree), "f") == tree);
        CHECK(parse_json(json_text(tree), "f") == tree);
      }
    }
  }
}

TEST_CASE("what no input can hold is written so that it can be read") {
  for (const double x :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    const core::Value tree(core::Value::Map{{"x", x}});
    CHECK(parse_json(json_text(tree), "f").find("x")->is_null());
    CHECK(parse_yaml_value(yaml_text(tree), "f").find("x")->is_null());
  }
  for (const std::string bad :
       {"a\xffz", "\xed\xa0\x80", "\xe0\x80\xaf", "\xf4\x90\x80\x80", "\xc3"}) {
    const core::Value tree(core::Value::Map{{bad, core::Value::List{core::Value(bad)}}});
    const core::Value shown(core::Value::Map{
        {core::utf8_shown(bad), core::Value::List{core::Value(core::utf8_shown(bad))}}});
    CHECK(parse_json(json_text(tree), "f") == shown);
    CHECK(parse_yaml_value(yaml_text(tree), "f") == shown);
  }
}
