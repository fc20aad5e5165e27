#include "experiments/spec/filter.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/spec/parse.h"
#include "experiments/text/yaml.h"

using namespace experiments;

namespace {

std::vector<Point> points_of(const std::string& text) {
  return expand(
      parse_spec(parse_yaml("schema: roundtable/1\nname: t\n" + text, "e.yaml"), "e.yaml"));
}

std::size_t count(const std::vector<Point>& points, const std::string& filter) {
  const Filter f(filter);
  std::size_t n = 0;
  for (const Point& p : points) n += f(p) ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("filters compare labels, numbers and sets over axes and keys of the configuration") {
  const auto points = points_of(
      "base: {x: {y: 0.5}}\ngrid: {method: [rtn, brecq], quant.weight.bits: [4, 3, 2]}\n");
  CHECK(count(points, "") == 6);
  CHECK(count(points, "method=brecq") == 3);
  CHECK(count(points, "method != brecq, quant.weight.bits<4") == 2);
  CHECK(count(points, "quant.weight.bits>=3") == 4);
  CHECK(count(points, "quant.weight.bits={2,4}") == 4);
  CHECK(count(points, "x.y<=0.5") == 6);
  CHECK(count(points, "method=={rtn}") == 3);
  CHECK_THROWS_WITH_AS(count(points, "methd=rtn"), doctest::Contains("did you mean 'method'?"),
                       core::ConfigError);
  CHECK_THROWS_AS(count(points, "method"), core::ConfigError);
  CHECK_THROWS_AS(count(points, "method<rtn"), core::ConfigError);
  CHECK_THROWS_AS(count(points, "method!rtn"), core::ConfigError);
}

TEST_CASE("a key that is not there is suggested by the path that ends alike") {
  const auto points = points_of("base: {learn: {optimizer: {lr: 1}}}\ngrid: {seed: [0, 1]}\n");
  CHECK_THROWS_WITH_AS(count(points, "lr=1"),
                       doctest::Contains("did you mean 'learn.optimizer.lr'?; known: learn, seed"),
                       core::ConfigError);
  CHECK_THROWS_WITH_AS(count(points, "learn.lr=1"),
                       doctest::Contains("did you mean 'learn.optimizer.lr'?"), core::ConfigError);
}

TEST_CASE("a filter that matches nothing says which values there are") {
  const auto points = points_of(
      "base: {x: {y: 0.5}}\ngrid: {method: [rtn, brecq], quant.weight.bits: [4, 3, 2]}\n");
  CHECK_NOTHROW(Filter("method=rtn").require_match(points));
  CHECK_NOTHROW(Filter().require_match(points));
  CHECK_THROWS_WITH_AS(Filter("method=lsq").require_match(points),
                       "--filter: lets no cell through; got 'method=lsq'; method is rtn | brecq",
                       core::InputError);
  CHECK_THROWS_WITH_AS(Filter("method=rtn,quant.weight.bits>4").require_match(points),
                       doctest::Contains("; method is rtn | brecq; quant.weight.bits is 4 | 3 | 2"),
                       core::InputError);
  std::string many = "grid: {seed: [0";
  for (int i = 1; i < 100; ++i) many += "," + std::to_string(i);
  CHECK_THROWS_WITH_AS(Filter("seed=x").require_match(points_of(many + "]}\n")),
                       doctest::Contains(" | 18 | 19 | .."), core::InputError);
}

TEST_CASE("a filter must be UTF-8 text") {
  for (const char* bad : {"method=\xff", "m\xed\xa0\x80=1", "a=\xe0\x80\xaf", "a=\x01"})
    CHECK_THROWS_AS(Filter{bad}, core::ConfigError);
  CHECK_THROWS_WITH_AS(Filter("a=x\xff"), doctest::Contains("filter 'a=x\\xff':1:4: byte 0xff"),
                       core::ConfigError);
}
