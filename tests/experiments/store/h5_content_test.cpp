#include "experiments/store/h5_content.h"

#include <doctest/doctest.h>

#include <random>

#include "core/error.h"
#include "tests/support/compare.h"

using namespace experiments;

namespace {

core::h5::File sample() {
  core::h5::File f = core::h5::File::create("sample");
  f.set_attribute("text", "zwölf");
  f.set_attribute("count", 3);
  f.set_attribute("loss", 0.25);
  f.write("a/w", core::Rng(1).normal({3, 4}, 0, 1));
  f.write("a/half", core::Tensor::full({2}, 1.5, core::DType::bf16));
  f.write("a/names", std::vector<std::string>{"x", "", "é"});
  f.write("none", std::vector<double>{});
  return f;
}

std::string problem(std::span<const std::byte> bytes) {
  try {
    unpack(bytes, "f");
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("content is read, packed and unpacked to the bit, and written as it was") {
  const H5Content read = read_content(sample()), back = unpack(pack(read), "f");
  CHECK(back.where == "f");
  CHECK(back.attributes == read.attributes);
  CHECK(back.text("text") == "zwölf");
  CHECK(back.integer("count") == 3);
  CHECK(back.real("count") == 3.0);
  CHECK(back.real("loss") == 0.25);
  REQUIRE(back.datasets.size() == 4);
  CHECK(support::same_bits(back.tensor("a/w"), core::Rng(1).normal({3, 4}, 0, 1)));
  CHECK(back.tensor("a/half").dtype() == core::DType::bf16);
  CHECK(back.texts("a/names", 3)[2] == "é");
  CHECK(back.numbers("none", 0).empty());
  core::h5::File copy = core::h5::File::create("copy");
  write_datasets(back, copy);
  CHECK(pack(read_content(copy.group("a"))) == pack(read_content(sample().group("a"))));
}

TEST_CASE("only what is asked for is read, and what is missing or of another kind is named") {
  const std::vector<std::string> names{"a/w", "b/w"};
  const H5Content some = read_content(sample(), names);
  CHECK(some.datasets.size() == 1);
  CHECK_FALSE(some.has("b/w"));
  CHECK_THROWS_WITH_AS(some.tensor("b/w"), doctest::Contains("dataset 'b/w' is missing"),
                       core::InputError);
  CHECK_THROWS_WITH_AS(some.texts("a/w"), doctest::Contains("must be strings"), core::InputError);
  CHECK_THROWS_WITH_AS(some.numbers("a/w", 3), doctest::Contains("must have 3 rows; got 12"),
                       core::InputError);
  CHECK_THROWS_WITH_AS(some.integer("loss"), doctest::Contains("must be an integer"),
                       core::InputError);
  CHECK_THROWS_AS(some.real("text"), core::InputError);
}

TEST_CASE("names that are no paths of ours are refused") {
  for (const char* name : {"", ".", "a/..", "a//b", "/a", "a/", "a b", "a\x01", "é"}) {
    H5Content c;
    c.datasets[name] = std::vector<std::string>{};
    INFO(name);
    CHECK(problem(pack(c)).find("a name that is not ours") != std::string::npos);
  }
  H5Content both;
  both.datasets["a"] = both.datasets["a/b"] = std::vector<std::string>{};
  CHECK(problem(pack(both)).find("malformed") != std::string::npos);
}

TEST_CASE("bytes that were changed or cut are refused or read as other values, never trusted") {
  const std::vector<std::byte> good = pack(read_content(sample()));
  for (std::size_t n = 0; n < good.size(); ++n) CHECK(!problem(std::span(good).first(n)).empty());
  std::vector<std::byte> longer = good;
  longer.push_back({});
  CHECK(!problem(longer).empty());
  std::mt19937 rng(1);
  std::size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> bad = good;
    for (unsigned k = 1 + rng() % 3; k > 0; --k) bad[rng() % bad.size()] = std::byte(rng() % 256);
    refused += !problem(bad).empty();
  }
  CHECK(refused > 1000);
}
