#include "experiments/spec/sweep.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/text/yaml.h"

using namespace experiments;

namespace {

std::vector<std::string> texts(const std::string& value) {
  std::vector<std::string> out;
  for (const core::Value& v : swept_values("k", parse_yaml_value(value, "e.yaml")))
    out.push_back(v.str());
  return out;
}

Sweep sweep_of(const std::string& text) {
  return read_sweep(*parse_yaml("schema: roundtable/1\n" + text, "e.yaml").find("sweep"));
}

}  // namespace

TEST_CASE("log and lin give n values with exact ends and round decimals between") {
  CHECK(texts("log(1e-5, 1e1, 7)") ==
        std::vector<std::string>{"1e-05", "1e-04", "0.001", "0.01", "0.1", "1.0", "10.0"});
  CHECK(texts("lin(0, 0.5, 3)") == std::vector<std::string>{"0.0", "0.25", "0.5"});
  CHECK(texts("[0.3, 0.1]") == std::vector<std::string>{"0.3", "0.1"});
}

TEST_CASE("values are integers where the ends and all points are") {
  CHECK(texts("lin(2, 8, 3)") == std::vector<std::string>{"2", "5", "8"});
  CHECK(texts("log(16, 256, 5)") == std::vector<std::string>{"16", "32", "64", "128", "256"});
  CHECK(texts("lin(2, 8, 4)") == std::vector<std::string>{"2", "4", "6", "8"});
  CHECK(texts("lin(2, 3, 3)") == std::vector<std::string>{"2.0", "2.5", "3.0"});
}

TEST_CASE("a sweep is read from a block and from a flow map") {
  for (const char* text :
       {"sweep: {learn.optimizer.lr: log(1e-5, 1e1, 7), learn.batch: lin(1, 10, 4), choose_by: "
        "validation}\n",
        "sweep:\n  learn.optimizer.lr: log(1e-5, 1e1, 7)\n  learn.batch: lin(1, 10, 4)\n  "
        "choose_by: "
        "validation\n"}) {
    const Sweep sweep = sweep_of(text);
    CHECK(sweep.by_validation());
    REQUIRE(sweep.keys.size() == 2);
    CHECK(sweep.keys[0].form == "log(1e-5, 1e1, 7)");
    CHECK(sweep.keys[0].values.size() == 7);
    CHECK(sweep.keys[1].labels == std::vector<std::string>{"1", "4", "7", "10"});
    CHECK(sweep.find("learn.batch") == &sweep.keys[1]);
    CHECK(sweep.find("seed") == nullptr);
  }
}

TEST_CASE("the smallest and the largest number are edges, in any order; names have none") {
  const Sweep sweep = sweep_of(
      "sweep: {learn.batch: [32, 8, 128], learn.optimizer.name: [adam, sgd], choose_by: "
      "calibration}\n");
  CHECK(sweep.keys[0].at_edge("8"));
  CHECK(sweep.keys[0].at_edge("128"));
  CHECK(!sweep.keys[0].at_edge("32"));
  CHECK(!sweep.keys[1].at_edge("adam"));
}

TEST_CASE("every malformed sweep is refused with its place, the key and the forms") {
  struct Bad {
    const char* text;
    const char* says;
  };
  const std::vector<Bad> table = {
      {"sweep: 3\n", "e.yaml:2:8: sweep: must be a map"},
      {"sweep: {choose_by: calibration}\n", "names no key"},
      {"sweep: {learn.batch: [1, 2], choose_by: test}\n", "known: calibration, validation"},
      {"sweep: {learn.batch: 3}\n", "e.yaml:2:22: sweep: learn.batch: must be log(a, b, n)"},
      {"sweep: {learn.batch: log(0, 1, 3)}\n", "got log(0, 1, 3)"},
      {"sweep: {learn.batch: log(1, 1, 3)}\n", "with 0 < a < b"},
      {"sweep: {learn.batch: lin(2, 1, 3)}\n", "lin(a, b, n) with a < b"},
      {"sweep: {learn.batch: lin(1, 2)}\n", "must be log"},
      {"sweep: {learn.batch: lin(1, 2, 3.5)}\n", "must be log"},
      {"sweep: {learn.batch: lin(1, 2, 1)}\n", "2 to 1000 values; got 1"},
      {"sweep: {learn.batch: geo(1, 2, 3)}\n", "must be log"},
      {"sweep: {learn.batch: log(1, 2, x)}\n", "must be log"},
      {"sweep: {learn.batch: log(1, 10, 3}\n", "got \"log(1, 10, 3\""},
      {"sweep: {learn.batch: [1]}\n", "2 to 1000 values; got 1"},
      {"sweep: {learn.batch: [1, 2, 1]}\n", "value 1 is written twice"},
      {"sweep: {seed: [1, 2]}\n", "cannot be chosen"},
      {"sweep: {method: [rtn, brecq]}\n", "cannot be chosen"},
      {"sweep: {learn.loss: [l1, l2]}\n", "choose_by: validation"},
      {"sweep: {calibration.count: [16, 32]}\n", "choose_by: validation"},
  };
  for (const Bad& bad : table) {
    std::string error;
    try {
      sweep_of(bad.text);
    } catch (const core::ConfigError& e) {
      error = e.what();
    }
    INFO(bad.text << " -> " << error);
    CHECK(error.find(bad.says) != std::string::npos);
    CHECK(error.starts_with("e.yaml:2:"));
  }
  CHECK(!sweep_of("sweep: {learn.loss: [l1, l2], choose_by: validation}\n").empty());
}
