#include "core/config/value.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/error.h"

using core::Mark;
using core::real_text;
using core::Value;

namespace {

Value map(Value::Map m) { return Value(std::move(m)); }

}  // namespace

TEST_CASE("a mark prints as file:line:column, or as its bare name") {
  CHECK(Mark{"a.yaml", 3, 7}.str() == "a.yaml:3:7");
  CHECK(Mark{"command line", 0, 0}.str() == "command line");
  CHECK(Mark{}.str() == "");
}

TEST_CASE("a value knows its type") {
  CHECK(Value().type_name() == "null");
  CHECK(Value(true).type_name() == "bool");
  CHECK(Value(1).type_name() == "integer");
  CHECK(Value(1.0).type_name() == "real");
  CHECK(Value("x").type_name() == "string");
  CHECK(Value(Value::List{}).type_name() == "list");
  CHECK(Value(Value::Map{}).type_name() == "map");
  CHECK(Value("x").as_bool() == nullptr);
  CHECK(*Value(true).as_bool());
}

TEST_CASE("a map refuses a key that is given twice") {
  Value second(2);
  second.mark = {"a.yaml", 4, 1};
  CHECK_THROWS_WITH_AS(map({{"k", 1}, {"k", second}}), "a.yaml:4:1 k: key is given twice",
                       core::ConfigError);
}

TEST_CASE("members are found by key and by dotted path") {
  const Value v = map({{"learn", map({{"optimizer", map({{"lr", 0.1}})}})}, {"a.b", 3}});
  CHECK(*v.find_path("learn.optimizer.lr")->as_double() == 0.1);
  CHECK(v.find_path("learn.optimizer.x") == nullptr);
  CHECK(v.find_path("learn.optimizer.lr.x") == nullptr);
  CHECK(*v.find("a.b")->as_int() == 3);
  CHECK(v.find_path("a.b") == nullptr);
  CHECK(Value(3).find("x") == nullptr);
}

TEST_CASE("set_path makes maps on the way and replaces what is no map") {
  Value v = map({{"a", 1}, {"b", map({{"c", 2}})}});
  v.set_path("b.d.e", 5);
  v.set_path("a.x", "w");
  v.set_path("b.c", Value());
  CHECK(v.str() == "{a: {x: w}, b: {c: null, d: {e: 5}}}");
}

TEST_CASE(
    "a string on the way becomes its long form, so that a short name takes further settings") {
  Value v = map({{"data", "fashion_mnist"}});
  v.set_path("data.root", "here");
  CHECK(v.str() == "{data: {name: fashion_mnist, root: here}}");
  Value base = map({{"data", "fashion_mnist"}});
  base.merge(map({{"data", map({{"root", "there"}})}}));
  CHECK(base.str() == "{data: {name: fashion_mnist, root: there}}");
  base.merge(map({{"data", map({{"name", "cifar10"}})}}));
  CHECK(base.str() == "{data: {name: cifar10}}");
}

TEST_CASE("merge is deep, keeps order, and replaces what is no map") {
  Value base = map({{"a", map({{"x", 1}, {"w", 2}})}, {"l", Value::List{1, 2}}, {"s", 3}});
  base.merge(map({{"a", map({{"w", 5}, {"z", 6}})},
                  {"l", Value::List{9}},
                  {"t", true},
                  {"s", map({{"k", 1}})}}));
  CHECK(base.str() == "{a: {x: 1, w: 5, z: 6}, l: [9], s: {k: 1}, t: true}");
}

TEST_CASE("merge replaces a map whose name differs and merges one whose name is equal or absent") {
  const Value base = map({{"loss", map({{"name", "lp"}, {"p", 2.4}, {"weight", 1}})}});
  Value other = base, same = base, without = base;
  other.merge(map({{"loss", map({{"name", "l2"}, {"weight", 3}})}}));
  same.merge(map({{"loss", map({{"name", "lp"}, {"p", 3.0}})}}));
  without.merge(map({{"loss", map({{"p", 4.0}})}}));
  CHECK(other.str() == "{loss: {name: l2, weight: 3}}");
  CHECK(same.str() == "{loss: {name: lp, p: 3.0, weight: 1}}");
  CHECK(without.str() == "{loss: {name: lp, p: 4.0, weight: 1}}");
}

TEST_CASE("sorted orders the keys of every level and leaves lists alone") {
  const Value v =
      map({{"b", map({{"z", 1}, {"a", 2}})}, {"a", Value::List{map({{"w", 1}, {"x", 2}}), 3}}});
  CHECK(v.sorted().str() == "{a: [{w: 1, x: 2}, 3], b: {a: 2, z: 1}}");
  CHECK(v.str() == "{b: {z: 1, a: 2}, a: [{w: 1, x: 2}, 3]}");
}

TEST_CASE("equality ignores marks and tells 1 from 1.0") {
  Value a = 1, b = 1;
  a.mark = {"a.yaml", 1, 1};
  CHECK(a == b);
  CHECK_FALSE(Value(1) == Value(1.0));
  CHECK_FALSE(Value("1") == Value(1));
  CHECK_FALSE(Value(true) == Value(1));
}

TEST_CASE("strings are quoted exactly when YAML would read something else") {
  CHECK(Value("adaround").str() == "adaround");
  CHECK(Value("data/weights/a-b_c.safetensors").str() == "data/weights/a-b_c.safetensors");
  for (const char* s :
       {"", "1", "1.5", "true", "No", "y", "null", "-x", "a b", "a: b", "~", ".inf", "#x", "[a]"}) {
    CAPTURE(s);
    CHECK(Value(s).str() == fmt::format("\"{}\"", s));
  }
  CHECK(Value("a\"\\\n\t\x01").str() == "\"a\\\"\\\\\\n\\t\\u0001\"");
  CHECK(Value("é b").str() == "\"é b\"");
}

TEST_CASE("reals print in the shortest form that reads back as the same real") {
  CHECK(real_text(1) == "1.0");
  CHECK(real_text(0.001) == "0.001");
  CHECK(real_text(1e-6) == "1e-06");
  CHECK(real_text(1e22) == "1e+22");
  CHECK(real_text(-0.0) == "-0.0");
  CHECK(real_text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(real_text(INFINITY) == "inf");
  CHECK(real_text(-INFINITY) == "-inf");
  CHECK(real_text(NAN) == "nan");
  CHECK(Value(-INFINITY).str() == "-.inf");  // YAML's spelling
  double x = 1.0 / 3;
  for (int i = 0; i < 1000; ++i) {
    x = std::fmod(x * 1e6 + 0.7, 3.0) * std::pow(10.0, i % 40 - 20);
    const std::string text = real_text(x);
    CHECK(std::strtod(text.c_str(), nullptr) == x);
    CHECK(text.find_first_of(".e") != std::string::npos);
  }
}

TEST_CASE("set_path refuses a path that would nest without bound") {
  Value v{Value::Map{}};
  std::string path = "a";
  for (int i = 1; i < 64; ++i) path += ".a";
  v.set_path(path, Value(1));
  CHECK(v.find_path(path) != nullptr);
  CHECK_THROWS_WITH_AS(v.set_path(path + ".a", Value(1)), doctest::Contains("65 parts"),
                       core::ConfigError);
  for (int i = 0; i < 1000000; ++i) path += ".a";
  CHECK_THROWS_AS(v.set_path(path, Value(1)), core::ConfigError);
}
