#include "core/config/params.h"

#include <doctest/doctest.h>

#include <cmath>

using core::ConfigError;
using core::Declared;
using core::Key;
using core::Params;
using core::Value;

namespace {

Value at(Value v, int line, int column) {
  v.mark = {"a.yaml", line, column};
  return v;
}

/// A map at line 1 whose members stand one a line from line 2 on.
Value tree(Value::Map m) {
  int line = 1;
  for (auto& [key, value] : m) value.mark = {"a.yaml", ++line, 3};
  return at(Value(std::move(m)), 1, 1);
}

const Key kAny{.doc = "any"};

}  // namespace

TEST_CASE("values are read by type, and an integer is accepted where a real is asked") {
  Params p(tree({{"b", true},
                 {"i", 3},
                 {"r", 0.5},
                 {"ri", 2},
                 {"s", "x"},
                 {"li", Value::List{1, 2}},
                 {"lr", Value::List{1, 2.5}},
                 {"ls", Value::List{"a", "b"}}}));
  CHECK(p.get<bool>("b", kAny));
  CHECK(p.get<int>("i", kAny) == 3);
  CHECK(p.get<std::int64_t>("i", kAny) == 3);
  CHECK(p.get<double>("r", kAny) == 0.5);
  CHECK(p.get<double>("ri", kAny) == 2.0);
  CHECK(p.get<std::string>("s", kAny) == "x");
  CHECK(p.get<std::vector<std::int64_t>>("li", kAny) == std::vector<std::int64_t>{1, 2});
  CHECK(p.get<std::vector<double>>("lr", kAny) == std::vector<double>{1, 2.5});
  CHECK(p.get<std::vector<std::string>>("ls", kAny) == std::vector<std::string>{"a", "b"});
  CHECK_NOTHROW(p.done());
}

TEST_CASE("a value of another type names position, path, what is wanted and what was found") {
  Params p(tree({{"i", 2.5}, {"b", 1}, {"s", 3}, {"l", 4}, {"r", "fast"}, {"n", Value()}}),
           "learn");
  CHECK_THROWS_WITH_AS(p.get<int>("i", {.doc = "", .min = 1, .max = 8}),
                       "a.yaml:2:3 learn.i: must be an integer from 1 to 8; got real 2.5",
                       ConfigError);
  CHECK_THROWS_WITH(p.get<bool>("b", kAny),
                    "a.yaml:3:3 learn.b: must be true or false; got integer 1");
  CHECK_THROWS_WITH(p.get<std::string>("s", kAny),
                    "a.yaml:4:3 learn.s: must be a string; got integer 3");
  CHECK_THROWS_WITH(p.get<std::vector<double>>("l", kAny),
                    "a.yaml:5:3 learn.l: must be a list of finite reals; got integer 4");
  CHECK_THROWS_WITH(p.get<double>("r", {.doc = "", .min = 0}),
                    "a.yaml:6:3 learn.r: must be a finite real >= 0; got string fast");
  CHECK_THROWS_WITH(p.get<double>("n", kAny),
                    "a.yaml:7:3 learn.n: must be a finite real; got null null");
}

TEST_CASE("limits are inclusive, hold for every list element, and are named in the message") {
  const Key limits{.doc = "", .min = 2, .max = 8};
  for (const int bits : {2, 8}) {
    Params p(tree({{"bits", bits}}));
    CHECK(p.get<int>("bits", limits) == bits);
  }
  for (const int bits : {0, 1, 9, 17}) {
    Params p(tree({{"bits", bits}}));
    CHECK_THROWS_WITH_AS(
        p.get<int>("bits", limits),
        fmt::format("a.yaml:2:3 bits: must be an integer from 2 to 8; got integer {}", bits)
            .c_str(),
        ConfigError);
  }
  Params list(tree({{"l", Value::List{3, 9}}}));
  CHECK_THROWS_WITH(list.get<std::vector<std::int64_t>>("l", limits),
                    "a.yaml:2:3 l: must be a list of integers from 2 to 8; got list [3, 9]");
  Params high(tree({{"x", 2.0}}));
  CHECK_THROWS_WITH(high.get<double>("x", {.doc = "", .max = 0.5}),
                    "a.yaml:2:3 x: must be a finite real <= 0.5; got real 2.0");
}

TEST_CASE("reals must be finite and integers must fit") {
  Params p(tree({{"nan", NAN}, {"inf", INFINITY}, {"big", std::int64_t{1} << 40}}));
  CHECK_THROWS_AS(p.get<double>("nan", kAny), ConfigError);
  CHECK_THROWS_AS(p.get<double>("inf", kAny), ConfigError);
  CHECK_THROWS_AS(p.get<int>("big", kAny), ConfigError);
  CHECK(p.get<std::int64_t>("big", kAny) == std::int64_t{1} << 40);
}

TEST_CASE("a string outside one_of lists what is allowed and the nearest") {
  Params p(tree({{"mode", "asymetric"}}));
  CHECK_THROWS_WITH_AS(
      p.get<std::string>("mode", {.doc = "", .one_of = {"symmetric", "asymmetric"}}),
      "a.yaml:2:3 mode: must be one of symmetric, asymmetric; got string asymetric; did you mean "
      "'asymmetric'?",
      ConfigError);
}

TEST_CASE("a missing required key says so at its map and suspects a misspelled neighbour") {
  Params p(tree({{"itres", 3}}), "learn");
  CHECK_THROWS_WITH_AS(
      p.get<int>("iters", {.doc = "", .min = 1}),
      "a.yaml:1:1 learn.iters: required key is missing; must be an integer >= 1; is 'itres' a "
      "misspelling of it?",
      ConfigError);
  CHECK_THROWS_WITH(p.get<int>("batch", kAny),
                    "a.yaml:1:1 learn.batch: required key is missing; must be an integer");
}

TEST_CASE("defaults are used, checked like given values, and written back") {
  Params p(tree({{"a", 1}}));
  CHECK(p.get<double>("p", 2.4, kAny) == 2.4);
  CHECK(p.get<int>("a", 7, kAny) == 1);
  CHECK(p.get<std::string>("s", "x", kAny) == "x");
  CHECK(p.get<std::vector<double>>("l", {1, 2}, kAny) == std::vector<double>{1, 2});
  CHECK(p.resolved().str() == "{a: 1, p: 2.4, s: x, l: [1.0, 2.0]}");
  CHECK_NOTHROW(p.done());
  CHECK_THROWS_AS(p.get<int>("bad", 9, {.doc = "", .max = 8}), ConfigError);
}

TEST_CASE("a second reading sees the default of the first") {
  Params p(tree({}));
  CHECK(p.get<int>("n", 3, kAny) == 3);
  CHECK(p.get<int>("n", 5, kAny) == 3);
}

TEST_CASE("1 and 1.0 resolve to the same tree where a real is asked") {
  Params a(tree({{"lr", 1}, {"l", Value::List{1}}})),
      b(tree({{"lr", 1.0}, {"l", Value::List{1.0}}}));
  for (Params* p : {&a, &b}) {
    p->get<double>("lr", kAny);
    p->get<std::vector<double>>("l", kAny);
  }
  CHECK(a.resolved() == b.resolved());
}

TEST_CASE("an optional key is nullopt when absent or null, and is written back as null") {
  Params p(tree({{"m", Value()}, {"x", 3}}));
  CHECK_FALSE(p.get_optional<double>("absent", kAny).has_value());
  CHECK_FALSE(p.get_optional<std::string>("m", kAny).has_value());
  CHECK(p.get_optional<int>("x", kAny) == 3);
  CHECK_THROWS_AS(p.get_optional<int>("x", {.doc = "", .max = 2}), ConfigError);
  CHECK(p.resolved().str() == "{m: null, x: 3, absent: null}");
}

TEST_CASE("done lists every key that nobody has read, here and below, with the nearest known one") {
  Params p(tree({{"iters", 3},
                 {"bacth", 4},
                 {"optimizer", at(Value(Value::Map{{"lrr", at(0.1, 9, 5)}}), 4, 3)}}),
           "learn");
  p.get<int>("iters", kAny);
  p.get<int>("batch", 32, kAny);
  Params child = p.child("optimizer", "how");
  child.get<double>("lr", 0.1, kAny);
  CHECK_THROWS_WITH_AS(
      p.done(),
      "a.yaml:3:3 learn.bacth: unknown key; did you mean 'batch'?; known: batch, iters, optimizer\n"
      "a.yaml:9:5 learn.optimizer.lrr: unknown key; did you mean 'lr'?; known: lr",
      ConfigError);
}

TEST_CASE("a key that lies elsewhere is suggested by its full path, deeper or beside") {
  Params p(tree({{"lr", 1}, {"learn", at(Value(Value::Map{{"lr", at(0.1, 9, 5)}}), 4, 3)}}));
  Params learn = p.child("learn", "");
  learn.child("optimizer", "").get<double>("lr", 0.1, kAny);
  learn.child("bias", "").get<double>("rate", 0.1, kAny);
  p.child("quant", "").get<int>("lr", 1, kAny);
  try {
    p.done();
    CHECK(false);
  } catch (const ConfigError& e) {
    const std::string message = e.what();
    INFO(message);
    CHECK(message.find("lr: unknown key; did you mean 'quant.lr'?; known: learn, quant\n") !=
          std::string::npos);
    CHECK(message.find("learn.lr: unknown key; did you mean 'learn.optimizer.lr'?; known: bias, "
                       "optimizer") != std::string::npos);
  }
}

TEST_CASE("a map that nobody reads is itself unknown") {
  Params p(tree({{"extra", Value(Value::Map{{"x", 1}})}}));
  CHECK_THROWS_WITH_AS(p.done(), "a.yaml:2:3 extra: unknown key; no key is known here",
                       ConfigError);
}

TEST_CASE("child reads a map, a name, null and nothing") {
  Params p(tree({{"m", Value(Value::Map{{"x", 1}})}, {"s", "adam"}, {"u", Value()}, {"bad", 3}}));
  CHECK(p.child("m", "").get<int>("x", kAny) == 1);
  CHECK(p.child("s", "").get<std::string>("name", kAny) == "adam");
  CHECK(p.child("u", "").get<int>("w", 2, kAny) == 2);
  CHECK(p.child("absent", "").get<int>("z", 4, kAny) == 4);
  CHECK_THROWS_WITH_AS(p.child("bad", ""), "a.yaml:5:3 bad: must be a map or a name; got integer 3",
                       ConfigError);
  CHECK(p.resolved().str() == "{m: {x: 1}, s: {name: adam}, u: {w: 2}, bad: 3, absent: {z: 4}}");
}

TEST_CASE("children of the same key and copies share what was read") {
  Params p(tree({{"m", Value(Value::Map{{"x", 1}, {"y", 2}})}}));
  Params copy = p;
  p.child("m", "").get<int>("x", kAny);
  copy.child("m", "").get<int>("y", kAny);
  CHECK_NOTHROW(p.done());
  CHECK_NOTHROW(copy.done());
}

TEST_CASE("children reads a list of maps and names, each with its own path") {
  Params p(tree({{"stages", Value::List{Value(Value::Map{{"x", 1}}), "short"}}, {"bad", 3}}));
  std::vector<Params> all = p.children("stages", "");
  REQUIRE(all.size() == 2);
  CHECK(all[0].path() == "stages[0]");
  CHECK(all[0].get<int>("x", kAny) == 1);
  CHECK(all[1].get<std::string>("name", kAny) == "short");
  CHECK(all[1].get<int>("x", 5, kAny) == 5);
  CHECK(p.children("none", "").empty());
  CHECK_THROWS_WITH_AS(p.children("bad", ""),
                       "a.yaml:3:3 bad: must be a list of maps; got integer 3", ConfigError);
  CHECK(p.resolved().str() == "{stages: [{x: 1}, {name: short, x: 5}], bad: 3, none: []}");
}

TEST_CASE("take hands out a subtree unchecked and has looks without using") {
  Params p(tree({{"overrides", Value(Value::Map{{"stem", 8}})}}));
  CHECK(p.has("overrides"));
  CHECK_FALSE(p.has("other"));
  CHECK_THROWS_AS(p.done(), ConfigError);
  CHECK(p.take("overrides", "").str() == "{stem: 8}");
  CHECK(p.take("absent", "").is_null());
  CHECK_NOTHROW(p.done());
}

TEST_CASE("fail reports at the map or at a key, without position when there is none") {
  const Params p(tree({{"p", -1}}), "loss");
  CHECK_THROWS_WITH_AS(p.fail("p must be > 0"), "a.yaml:1:1 loss: p must be > 0", ConfigError);
  CHECK_THROWS_WITH(p.fail("p", "must be > 0"), "a.yaml:2:3 loss.p: must be > 0");
  CHECK_THROWS_WITH(p.fail("q", "is wanted"), "a.yaml:1:1 loss.q: is wanted");
  CHECK_THROWS_WITH(Params(Value(Value::Map{})).fail("wrong"), "wrong");
}

TEST_CASE("only a map can be viewed") {
  CHECK_THROWS_WITH_AS(Params(at(Value(3), 1, 1), "model"),
                       "a.yaml:1:1 model: must be a map; got integer 3", ConfigError);
}

TEST_CASE("describing records every declaration, children included, and reads harmless values") {
  Params p = Params::describing("learn");
  CHECK(p.is_describing());
  CHECK(p.get<int>("iters", {.doc = "steps", .min = 1}) == 1);
  CHECK(p.get<double>("lr", 0.001, {.doc = "rate", .source = "AdaRound"}) == 0.001);
  CHECK(p.get<std::string>("mode", {.doc = "", .one_of = {"fast", "slow"}}) == "fast");
  CHECK(p.get<double>("low", {.doc = "", .max = -2}) == -2);
  CHECK_FALSE(p.get_optional<bool>("flag", kAny).has_value());
  p.child("optimizer", "which").get<std::vector<double>>("betas", {0.9, 0.999}, kAny);
  for (Params& stage : p.children("stages", "list")) stage.get<int>("x", kAny);
  p.take("overrides", "free");
  p.get<int>("iters", kAny);  // a second reading is not a second declaration
  CHECK_NOTHROW(p.done());
  std::string listing;
  for (const Declared& d : p.declared())
    listing += d.path + " " + d.type + " " + d.default_text + "\n";
  CHECK(listing ==
        "learn.iters integer \n"
        "learn.lr real 0.001\n"
        "learn.mode string \n"
        "learn.low real \n"
        "learn.flag bool null\n"
        "learn.optimizer map {}\n"
        "learn.optimizer.betas list [0.9, 0.999]\n"
        "learn.stages list []\n"
        "learn.stages[].x integer \n"
        "learn.overrides any null\n");
  CHECK(p.declared()[1].key.source == "AdaRound");
  CHECK(Params(Value(Value::Map{})).declared().empty());
}
