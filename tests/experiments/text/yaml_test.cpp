#include "experiments/text/yaml.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "experiments/text/scalar.h"

using namespace experiments;

namespace {

std::string error_of(const std::string& text) {
  try {
    parse_yaml("schema: roundtable/1\n" + text, "f.yaml");
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "";
}

struct Bad {
  const char* text;
  const char* position;
  const char* says;
};

}  // namespace

TEST_CASE("every refused file is refused with its position and the reason") {
  const std::vector<Bad> table = {
      {"a: 1\nb: 2\na: 3\n", "f.yaml:4:1", "written twice; first at f.yaml:2:4"},
      {"a: {x: 1, x: 2}\n", "f.yaml:2:11", "written twice"},
      {"a: {<<: 3}\n", "f.yaml:2:5", "merge keys"},
      {"a: &x 1\n", "f.yaml:2:4", "anchors"},
      {"a: *x\n", "f.yaml:2:4", "anchor"},
      {"a: !!str 1\n", "f.yaml:2:4", "tags"},
      {"a: !mine {b: 1}\n", "f.yaml:2:4", "tags"},
      {"a: 010\n", "f.yaml:2:4", "octal"},
      {"a: yes\n", "f.yaml:2:4", "write true or false"},
      {"a: Off\n", "f.yaml:2:4", "write true or false"},
      {"a: .nan\n", "f.yaml:2:4", "not a finite number"},
      {"a: -.Inf\n", "f.yaml:2:4", "not a finite number"},
      {"a: 1e999\n", "f.yaml:2:4", "range of a double"},
      {"a: 99999999999999999999\n", "f.yaml:2:4", "64-bit"},
      {"a: [1, 2\n", "f.yaml", ""},
      {"? [1, 2]\n: 3\n", "f.yaml:2", "a key must be a word"},
      {"~: 3\n", "f.yaml:2:1", "a key must be a word"},
      {"a: 1\n---\nb: 2\n", "f.yaml", "second one"},
      {"a: \x01\n", "f.yaml:2:4", "0x01"},
      {"a: \xff\n", "f.yaml:2:4", "0xff"},
      {"t: \"x\xed\xa0\x80y\"\n", "f.yaml:2:6", "0xed is not UTF-8"},
      {"t: \xe0\x80\xaf\n", "f.yaml:2:4", "0xe0 is not UTF-8"},
      {"t: \xf0\x80\x80\xaf\n", "f.yaml:2:4", "0xf0 is not UTF-8"},
      {"t: \xf4\x90\x80\x80\n", "f.yaml:2:4", "0xf4 is not UTF-8"},
      {"\xc3\xa4: \xc3\xb6\xff\n", "f.yaml:2:5", "0xff"},
      {"\xc3\xa4\xc3\xb6: &x 1\n", "f.yaml:2:5", "anchors"},  // characters, not bytes
      {"t: \"\\ud800\"\n", "f.yaml:2", "unicode"},
      {"t: \"a\\0b\"\n", "f.yaml:2:4", "must not hold the character"},
      {"\"a\\0b\": 1\n", "f.yaml:2:1", "must not hold the character"},
      {"a: [1, 2\nb: 3\n", "f.yaml:2:4", "'[' is never closed"},
      {"g: {m: [rtn, brecq}\nr: {c: [m]}\n", "f.yaml:2:8", "'[' is closed by '}'"},
      {"g:\n  m: [rtn, brecq\n  s: [0, 1]\nr: {c: [m]}\n", "f.yaml:3:6", "'[' is never closed"},
      {"b: {m: {x: 1}\nd: 1\ng: {s: [1]}\n", "f.yaml:2:4", "'{' is never closed"},
      {"b: {m: x\ng:\n  s: [1]\n", "f.yaml:2:4", "'{' is never closed"},
      {"t: \"x\ng: 1\n", "f.yaml:2:4", "the quote \" is never closed"},
  };
  for (const Bad& bad : table) {
    const std::string error = error_of(bad.text);
    INFO(bad.text << " -> " << error);
    CHECK(error.starts_with(bad.position));
    CHECK(error.find(bad.says) != std::string::npos);
  }
}

TEST_CASE("a file must be a map that names the schema") {
  CHECK_THROWS_WITH_AS(parse_yaml("a: 1\n", "f"), doctest::Contains("schema: roundtable/1"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(parse_yaml("schema: roundtable/2\n", "f"), doctest::Contains("f:1:9"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(parse_yaml("[1, 2]\n", "f"), doctest::Contains("must be a map"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(parse_yaml("", "f"), doctest::Contains("must be a map"), core::ConfigError);
  CHECK(parse_yaml("schema: roundtable/1\n", "f").map().empty());
}

TEST_CASE("limits on depth, nodes and bytes hold") {
  CHECK(error_of("a: " + std::string(63, '[') + std::string(63, ']') + "\n").empty());
  CHECK(error_of("a: " + std::string(64, '[') + std::string(64, ']') + "\n").find("64 levels") !=
        std::string::npos);
  std::string many = "a: [";
  for (int i = 0; i < 100'001; ++i) many += "1,";
  CHECK(error_of(many + "1]\n").find("100000 nodes") != std::string::npos);
  CHECK(error_of("a: '" + std::string(1 << 20, 'x') + "'\n").find("1048576 bytes") !=
        std::string::npos);
}

TEST_CASE("plain scalars are typed by the core schema and quoted ones are strings") {
  const core::Value v = parse_yaml_value(
      "{i: 3, n: -4, p: +5, h: 0x1F, o: 0o17, r: 1e-3, d: .5, e: 2., z: 0, t: true, f: False, u: "
      "null, e0: ,"
      " s: word, q: '010', w: \"yes\", m: 2024-01-01, g: 1_000, k: 0.0}",
      "f");
  CHECK(*v.find("i")->as_int() == 3);
  CHECK(*v.find("n")->as_int() == -4);
  CHECK(*v.find("p")->as_int() == 5);
  CHECK(*v.find("h")->as_int() == 31);
  CHECK(*v.find("o")->as_int() == 15);
  CHECK(*v.find("r")->as_double() == 1e-3);
  CHECK(*v.find("d")->as_double() == 0.5);
  CHECK(*v.find("e")->as_double() == 2.0);
  CHECK(*v.find("z")->as_int() == 0);
  CHECK(*v.find("t")->as_bool());
  CHECK(!*v.find("f")->as_bool());
  CHECK(v.find("u")->is_null());
  CHECK(v.find("e0")->is_null());
  for (const char* key : {"s", "q", "w", "m", "g"}) CHECK(v.find(key)->as_string());
  CHECK(v.find("k")->as_double());
  CHECK(v.find("i")->mark.column == 5);
}

TEST_CASE("overrides follow the scalar rules and name the argument at fault") {
  const auto list =
      parse_overrides({"lr=1e-3", "a.b=[1, {x: y}]", "seed=-1", "~old.key", "s='x=y'", "empty="});
  CHECK(list.size() == 6);
  CHECK(*list[0].value.as_double() == 1e-3);
  CHECK(list[1].value.list()[1].find("x")->as_string());
  CHECK(*list[2].value.as_int() == -1);
  CHECK((list[3].remove && list[3].key == "old.key"));
  CHECK(*list[4].value.as_string() == "x=y");
  CHECK(list[5].value.is_null());
  CHECK_THROWS_WITH_AS(parse_overrides({"lr"}), doctest::Contains("command line 'lr'"),
                       core::ConfigError);
  CHECK_THROWS_AS(parse_overrides({"=3"}), core::ConfigError);
  CHECK_THROWS_AS(parse_overrides({"a..b=3"}), core::ConfigError);
  CHECK_THROWS_AS(parse_overrides({"~"}), core::ConfigError);
  CHECK_THROWS_WITH_AS(parse_overrides({"lr=010"}), doctest::Contains("command line 'lr=010'"),
                       core::ConfigError);
  core::Value tree = parse_yaml_value("{a: {b: 1, c: 2}, d: 3}", "f");
  apply_overrides(tree, parse_overrides({"a.b=5", "~d", "e.f=x"}));
  CHECK(tree == parse_yaml_value("{a: {b: 5, c: 2}, e: {f: x}}", "f"));
  CHECK_THROWS_WITH_AS(apply_overrides(tree, parse_overrides({"~a.q"})), doctest::Contains("~a.q"),
                       core::ConfigError);
}

TEST_CASE("an override must be UTF-8 text, key and value, and is shown as text") {
  for (const char* bad :
       {"title=\xff", "t=x\xed\xa0\x80", "\xe0\x80\xaf=1", "a.\xff.b=1", "~\xff", "a=\"\\0\""})
    CHECK_THROWS_AS(parse_overrides({bad}), core::ConfigError);
  CHECK_THROWS_WITH_AS(parse_overrides({"t=\xff"}),
                       doctest::Contains("command line 't=\\xff':1:3: byte 0xff"),
                       core::ConfigError);
}

TEST_CASE("the byte order mark of an editor is passed over") {
  CHECK(parse_yaml("\xef\xbb\xbfschema: roundtable/1\na: 1\n", "f") ==
        parse_yaml_value("{a: 1}", "f"));
}

TEST_CASE("a missing file and a folder are refused by name") {
  CHECK_THROWS_WITH_AS(load_yaml("/nonexistent/x.yaml"), doctest::Contains("/nonexistent/x.yaml"),
                       core::InputError);
  CHECK_THROWS_AS(load_yaml("/tmp"), core::InputError);
}

TEST_CASE("relative paths are found from the parents of the file that names them") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("rt_paths_" + std::to_string(::getpid()));
  fs::create_directories(root / "a/b");
  std::ofstream(root / "w.bin") << "x";
  CHECK(resolve_path("w.bin", (root / "a/b/e.yaml").string()) == (root / "w.bin").string());
  CHECK(resolve_path("none.bin", (root / "a/b/e.yaml").string()) == "none.bin");
  CHECK(resolve_path("/abs", "x") == "/abs");
  fs::remove_all(root);
}

TEST_CASE("a call is one word in a flow map too, and its comma ends nothing else") {
  const core::Value v =
      parse_yaml_value("{a: log(1, 10, 3), b: lin(1, 10, 3), c: [f(1)], d: g(2)}", "f");
  CHECK(*v.find("a")->as_string() == "log(1, 10, 3)");
  CHECK(*v.find("b")->as_string() == "lin(1, 10, 3)");
  CHECK(*v.find("d")->as_string() == "g(2)");
  CHECK(v.map().size() == 4);
  // an open parenthesis that nothing continues stays what it is
  CHECK(parse_yaml_value("{a: f(1, b: 2}", "f").map().size() == 2);
  CHECK(parse_yaml_value("a: f(1\nb:\nc: 3\n", "f").map().size() == 3);
  CHECK(*parse_yaml_value("{a: 'f(1', b: 2}", "f").find("a")->as_string() == "f(1");
  CHECK(error_of("a: {x: f(1, x: 3}\n").find("written twice") != std::string::npos);
}
