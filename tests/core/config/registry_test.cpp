#include "core/config/registry.h"

#include <doctest/doctest.h>

using core::Params;
using core::Registered;
using core::Registry;
using core::Value;

namespace {

struct Animal {
  static constexpr std::string_view kind = "animal";
  virtual ~Animal() = default;
  virtual int legs() const = 0;
};

struct Dog final : Animal {
  explicit Dog(Params&) {}
  int legs() const override { return 4; }
};

struct Insect final : Animal {
  std::int64_t n;
  explicit Insect(Params& c)
      : n(c.get<std::int64_t>("legs", 6, {.doc = "number of legs", .min = 0})) {}
  int legs() const override { return static_cast<int>(n); }
};

const Registered<Animal, Insect> kInsect{"insect"};
const Registered<Animal, Dog> kDog{"dog"};

}  // namespace

TEST_CASE("names come in alphabetical order") {
  CHECK(Registry<Animal>::names() == std::vector<std::string>{"dog", "insect"});
}

TEST_CASE("create makes what the name key says from the other keys") {
  Params p(Value(Value::Map{{"name", "insect"}, {"legs", 8}}));
  CHECK(Registry<Animal>::create(p)->legs() == 8);
  CHECK_NOTHROW(p.done());
  Params other(Value(Value::Map{{"legs", 8}}));
  CHECK(Registry<Animal>::create("dog", other)->legs() == 4);
  CHECK_THROWS_AS(other.done(), core::ConfigError);  // a dog reads no legs
}

TEST_CASE("an unknown name lists the known ones and the nearest") {
  Params p(Value(Value::Map{{"name", "insekt"}}), "pet");
  CHECK_THROWS_WITH_AS(
      Registry<Animal>::create(p),
      "pet.name: must be one of dog, insect; got string insekt; did you mean 'insect'?",
      core::ConfigError);
  CHECK_THROWS_WITH_AS(Registry<Animal>::create("dgo", p),
                       "animal: unknown name 'dgo'; did you mean 'dog'?; known: dog, insect",
                       core::InputError);
}

TEST_CASE("create in describing mode declares the name and the options of the first entry") {
  Params p = Params::describing("pet");
  CHECK_NOTHROW(Registry<Animal>::create(p));
  REQUIRE(p.declared().size() == 1);
  CHECK(p.declared()[0].path == "pet.name");
  CHECK(p.declared()[0].key.one_of == Registry<Animal>::names());
  Params insect = Params::describing();
  Registry<Animal>::create("insect", insect);
  CHECK(insect.declared().at(0).default_text == "6");
}

TEST_CASE("a second entry of the same name is an error") {
  CHECK_THROWS_WITH_AS((Registered<Animal, Dog>{"dog"}),
                       "registry: animal 'dog' is registered twice", core::Error);
}
