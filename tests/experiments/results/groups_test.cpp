#include "experiments/results/groups.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/experiments/records.h"

using namespace experiments;
using experiments_test::record;

namespace {

const std::vector<std::string> kKeys = {"method", "quant.weight.bits", "seed"};

ReportSpec methods_by_bits() {
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits"};
  return spec;
}

}  // namespace

TEST_CASE("a group has the mean and deviation of its finished cells and counts the others") {
  const std::vector<Record> records = {
      record("rtn", "4", "0", 90), record("rtn", "4", "1", 92), record("rtn", "2", "0", 10),
      record("rtn", "2", "1", 0, "diverged"), record("brecq", "4", "0", 0, "crashed")};
  const Groups groups(kKeys, methods_by_bits(), records, {});
  const Group* whole = groups.find({"rtn"}, {"4"});
  REQUIRE(whole);
  CHECK(whole->complete());
  CHECK(whole->mean == doctest::Approx(91));
  CHECK(whole->sd == doctest::Approx(1.41421356));
  const Group* part = groups.find({"rtn"}, {"2"});
  REQUIRE(part);
  CHECK(!part->complete());
  CHECK(part->diverged == 1);
  CHECK(groups.find({"brecq"}, {"4"})->failed == 1);
  CHECK(groups.find({"brecq"}, {"2"}) == nullptr);
  CHECK(groups.find({"qdrop"}, {"4"}) == nullptr);
  CHECK(groups.col_name({"4"}) == "bits=4");
}

TEST_CASE("a row has a float reference only where its cells agree on it") {
  std::vector<Record> records = {record("rtn", "4", "0", 90), record("rtn", "2", "0", 80)};
  CHECK(*Groups(kKeys, methods_by_bits(), records, {}).reference({"rtn"}) == doctest::Approx(93));
  records[1].fp_top1 = 92;
  const Groups two(kKeys, methods_by_bits(), records, {});
  CHECK(!two.reference({"rtn"}));
  CHECK(!two.one_reference_a_row());
  ReportSpec drop = methods_by_bits();
  drop.value = "drop";
  const Groups lost(kKeys, drop, records, {});
  CHECK(!lost.reference({"rtn"}));
  CHECK(lost.find({"rtn"}, {"4"})->mean == doctest::Approx(3));
}

TEST_CASE("keys are shortened to what tells them apart") {
  CHECK(short_names({"quant.weight.bits", "quant.act.bits", "method", "learn.loss.p"}) ==
        std::vector<std::string>{"weight.bits", "act.bits", "method", "p"});
}

TEST_CASE("average bits of mixed precision are a value like others, nan where bits were given") {
  std::vector<Record> records = {record("rtn", "4", "0", 90), record("rtn", "4", "1", 92),
                                 record("brecq", "4", "0", 92)};
  records[0].average_bits = 2.5;
  records[1].average_bits = 3.5;
  ReportSpec spec = methods_by_bits();
  spec.value = "average_bits";
  const Groups groups(kKeys, spec, records, {});
  CHECK(groups.find({"rtn"}, {"4"})->mean == 3.0);
  CHECK(std::isnan(groups.find({"brecq"}, {"4"})->mean));
  CHECK(groups.value_note(false).find("bits of a weight") == 0);
}

TEST_CASE("accuracy on split val is a value, and says so") {
  std::vector<Record> records = {record("rtn", "4", "0", 90), record("brecq", "4", "0", 92)};
  records[0].val_top1 = 88;
  ReportSpec spec = methods_by_bits();
  spec.value = "val_top1";
  const Groups groups(kKeys, spec, records, {});
  CHECK(groups.find({"rtn"}, {"4"})->mean == 88.0);
  CHECK(std::isnan(groups.find({"brecq"}, {"4"})->mean));
  CHECK(groups.value_note(false).find("split val") != std::string::npos);
}
