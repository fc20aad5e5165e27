// show-quant, methods, schema, data, selftest.
#include <doctest/doctest.h>

#include <map>

#include "experiments/text/json.h"
#include "tests/support/tiny_experiment.h"

using support::roundtable;

TEST_CASE("show-quant prints each map once under the cells that share it") {
  const support::TempDir dir("commands_info");
  const std::string file = support::tiny_experiment(dir);
  const support::Said said = roundtable({"show-quant", file, "--filter", "quant.weight.bits=4"});
  INFO(said.err);
  CHECK(said.code == 0);
  CHECK(said.out.find("layer1.0.conv1") != std::string::npos);
  CHECK(said.out.find("4 bit") != std::string::npos);
  CHECK(
      experiments::parse_json(roundtable({"show-quant", file, "--json"}).out, "q").list().size() ==
      4);
}

TEST_CASE("methods and schema say where every setting comes from") {
  const std::string methods = roundtable({"methods"}).out;
  for (const char* word : {"rtn", "adaround", "brecq", "learn.regulariser.lambda", "BRECQ code"}) {
    CHECK(methods.find(word) != std::string::npos);
  }
  const std::string schema = roundtable({"schema", "quant.weight"}).out;
  CHECK(schema.find("quant.weight.bits") != std::string::npos);
  CHECK(schema.find("learn.iters") == std::string::npos);
  CHECK(!experiments::parse_json(roundtable({"schema", "--json"}).out, "s").list().empty());
  CHECK(!experiments::parse_json(roundtable({"methods", "--json"}).out, "m").list().empty());
}

TEST_CASE("data check counts images and classes") {
  const support::TempDir dir("commands_data");
  support::write_fashion(dir.file("f"), 60, 20);
  const support::Said said =
      roundtable({"data", "check", "fashion_mnist", "root=" + dir.file("f"), "val_count=10"});
  INFO(said.err);
  CHECK(said.code == 0);
  CHECK(said.out.find("5 5 5 5 5 5 5 5 5 5") != std::string::npos);
  CHECK(said.out.find("fingerprint") != std::string::npos);
}

TEST_CASE("selftest passes here and names the machine") {
  const support::Said said = roundtable({"selftest"});
  CHECK(said.code == 0);
  CHECK(said.out.find("all passed") != std::string::npos);
  CHECK(said.out.find("cpu:") != std::string::npos);
}
