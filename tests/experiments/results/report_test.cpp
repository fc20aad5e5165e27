#include "experiments/results/report.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/experiments/records.h"

using namespace experiments;
using experiments_test::record;

namespace {

const std::vector<std::string> kKeys = {"method", "quant.weight.bits", "seed"};

}  // namespace

TEST_CASE("seeds are averaged with their deviation and incomplete groups show no mean") {
  const std::vector<Record> records = {record("rtn", "4", "0", 90),
                                       record("rtn", "4", "1", 92),
                                       record("rtn", "2", "0", 10),
                                       record("rtn", "2", "1", 0, "pending"),
                                       record("brecq", "4", "0", 92.5),
                                       record("brecq", "4", "1", 92.5),
                                       record("brecq", "2", "0", 1, "failed"),
                                       record("brecq", "2", "1", 80)};
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits"};
  const Table t = build_table("T", kKeys, spec, records);
  CHECK(t.header == std::vector<std::string>{"method", "float", "bits=4", "bits=2"});
  REQUIRE(t.rows.size() == 2);
  CHECK(t.rows[0] == std::vector<std::string>{"rtn", "93.00", "91.00 ± 1.41 (n=2)", "–(1/2)"});
  CHECK(t.rows[1] ==
        std::vector<std::string>{"brecq", "93.00", "92.50 ± 0.00 (n=2)", "failed 1/2"});
  CHECK(t.notes[0].find("10000 images") != std::string::npos);
}

TEST_CASE(
    "an axis that the report does not name becomes a row, so nothing is averaged by accident") {
  const std::vector<Record> records = {record("rtn", "4", "0", 90), record("brecq", "4", "0", 91)};
  ReportSpec spec;
  spec.cols = {"quant.weight.bits"};
  const Table t = build_table("", kKeys, spec, records);
  CHECK(t.rows.size() == 2);
  const Table automatic =
      build_table("", kKeys, {},
                  {record("a", "4", "0", 1), record("a", "2", "0", 1), record("b", "4", "0", 1),
                   record("b", "2", "0", 1, "diverged")});
  CHECK(automatic.header == std::vector<std::string>{"method", "float", "bits=4", "bits=2"});
  CHECK(automatic.rows[1].back() == "diverged");
}

TEST_CASE("a value that is missing is an empty field of CSV") {
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits"};
  const Table t = build_table(
      "T", kKeys, spec,
      {record("rtn", "4", "0", 90), record("rtn", "4", "1", 92), record("rtn", "2", "0", 10),
       record("rtn", "2", "1", 0, "pending"), record("brecq", "4", "0", 0, "pending")});
  CHECK(render(t, Format::terminal).find("–(1/2)") != std::string::npos);
  CHECK(render(t, Format::csv) ==
        "method,float,bits=4,bits=2\nrtn,93.00,91.00 ± 1.41 (n=2),\nbrecq,,,\n");
}

TEST_CASE("a float network whose logits are not finite has no accuracy, and the table says so") {
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits"};
  std::vector<Record> records = {record("rtn", "4", "0", 10), record("brecq", "4", "0", 92)};
  records[0].fp_top1 = 0, records[0].fp_not_finite = 10000;
  const Table t = build_table("T", kKeys, spec, records);
  CHECK(t.rows[0] == std::vector<std::string>{"rtn", "diverged", "10.00"});
  CHECK(t.rows[1] == std::vector<std::string>{"brecq", "93.00", "92.00"});
  CHECK(t.notes[1].find("not finite, for up to 10000 of 10000 images") != std::string::npos);
  for (const char* value : {"drop", "fp_top1"}) {
    spec.value = value;
    CHECK(build_table("T", kKeys, spec, records).rows[0].back() == "diverged");
  }
}

TEST_CASE("a damaged cell is shown as failed, with what can be done") {
  Record r = record("rtn", "4", "0", 0, "damaged");
  r.message = "cut";
  CHECK(r.explanation() == "cut; `run` computes it again");
  ReportSpec spec;
  spec.cols = {"quant.weight.bits"};
  CHECK(build_table("", kKeys, spec, {r}).rows[0].back() == "failed");
}

TEST_CASE("a table renders as text, Markdown and CSV") {
  const Table t{.title = "T",
                .header = {"m", "x"},
                .rows = {{"a,b", "1 ± 2"}, {"a|c", "–"}},
                .labels = 1,
                .notes = {"note"}};
  CHECK(render(t, Format::terminal) == "T\nm        x\n---  -----\na,b  1 ± 2\na|c      –\nnote\n");
  CHECK(render(t, Format::markdown) ==
        "**T**\n\n| m | x |\n|---|---:|\n| a,b | 1 ± 2 |\n| a\\|c | – |\n\nnote\n");
  CHECK(render(t, Format::csv) == "m,x\n\"a,b\",1 ± 2\na|c,\n");
  CHECK(render(t, Format::json) ==
        "{\"title\":\"T\",\"columns\":[\"m\",\"x\"],\"rows\":[[\"a,b\",\"1 ± 2\"],[\"a|c\",\"–\"]],"
        "\"notes\":[\"note\"]}\n");
  CHECK(format_named("md") == Format::markdown);
  CHECK_THROWS_WITH_AS(format_named("mkd"), doctest::Contains("did you mean 'md'?"),
                       core::InputError);
}

TEST_CASE("values whose cells have remarks are marked, with the reason in every format") {
  std::vector<Record> records = {record("rtn", "4", "0", 90), record("rtn", "2", "0", 10),
                                 record("brecq", "4", "0", 92), record("brecq", "2", "0", 11)};
  records[1].message = records[3].message = "no better than guessing";
  ReportSpec spec;
  spec.rows = {"method"};
  spec.cols = {"quant.weight.bits"};
  const Table t = build_table("", kKeys, spec, records);
  CHECK(t.rows[0] == std::vector<std::string>{"rtn", "93.00", "90.00", "10.00 †"});
  CHECK(t.notes.back() == "† rtn20 and 1 more: no better than guessing");
  for (const Format format : {Format::terminal, Format::markdown, Format::json}) {
    const std::string text = render(t, format);
    CHECK(text.find("10.00 †") != std::string::npos);
    CHECK(text.find("† rtn20 and 1 more: no better than guessing") != std::string::npos);
  }
  CHECK(render(t, Format::csv) ==
        "method,float,bits=4,bits=2,remarks\n"
        "rtn,93.00,90.00,10.00,no better than guessing\n"
        "brecq,93.00,92.00,11.00,no better than guessing\n");
  records[1].message = records[3].message = "";
  const Table plain = build_table("", kKeys, spec, records);
  CHECK(render(plain, Format::csv).find("remarks") == std::string::npos);
  CHECK(render(plain, Format::terminal).find("†") == std::string::npos);
}
