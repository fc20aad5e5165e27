#include "experiments/store/store.h"

#include <doctest/doctest.h>

#include <fstream>

#include "core/error.h"
#include "core/system/file.h"
#include "tests/support/idx_files.h"

using namespace experiments;

namespace {

Index index_of(const std::string& name) {
  Index index;
  index.name = name, index.title = "T", index.file = "e.yaml";
  index.keys = {"method", "seed"};
  index.report.rows = {"method"};
  index.document = core::Value(core::Value::Map{{"name", name}});
  index.sweep.choose_by = "validation";
  index.sweep.keys.push_back(
      {.key = "learn.batch", .form = "[1, 2]", .labels = {"1", "2"}, .values = {1, 2}});
  IndexEntry a, b;
  a.id = "aa11", a.choices = {{"method", "rtn"}, {"seed", "0"}}, a.work = 1.5,
  a.overridden = {"learn.iters"};
  b.id = "aa22", b.seed = 1;
  index.cells = {a, b};
  return index;
}

}  // namespace

TEST_CASE("an index reads back as it was written") {
  const support::TempDir dir("store_index");
  ResultsFolder folder(dir.file("r"));
  CHECK(!folder.exists());
  CHECK_THROWS_AS(folder.read_index(), core::InputError);
  folder.open(index_of("a"));
  const Index back = folder.read_index();
  CHECK(back.name == "a");
  CHECK(back.title == "T");
  CHECK(back.keys == index_of("a").keys);
  CHECK(back.report.rows == std::vector<std::string>{"method"});
  REQUIRE(back.cells.size() == 2);
  CHECK(back.cells[0].choices == index_of("a").cells[0].choices);
  CHECK(back.cells[0].work == 1.5);
  CHECK(back.cells[0].overridden == std::vector<std::string>{"learn.iters"});
  CHECK(back.document == index_of("a").document);
  CHECK(back.sweep.by_validation());
  REQUIRE(back.sweep.keys.size() == 1);
  CHECK(back.sweep.keys[0].key == "learn.batch");
  CHECK(back.sweep.keys[0].form == "[1, 2]");
  CHECK(back.sweep.keys[0].values == index_of("a").sweep.keys[0].values);
  CHECK(back.sweep.keys[0].labels == index_of("a").sweep.keys[0].labels);
}

TEST_CASE("a folder of another experiment and a folder of other files are refused and left alone") {
  const support::TempDir dir("store_foreign");
  ResultsFolder(dir.file("r")).open(index_of("a"));
  CHECK_THROWS_WITH_AS(ResultsFolder(dir.file("r")).open(index_of("b")),
                       doctest::Contains("experiment 'a', not of 'b'"), core::InputError);
  CHECK(ResultsFolder(dir.file("r")).read_index().name == "a");
  ResultsFolder(dir.file("r")).open(index_of("a"));  // its own is taken over
  std::filesystem::create_directories(dir.file("home"));
  std::ofstream(dir.file("home/thesis.tex")) << "x";
  CHECK_THROWS_WITH_AS(ResultsFolder(dir.file("home")).open(index_of("a")),
                       doctest::Contains("not empty"), core::InputError);
  CHECK_THROWS_AS(ResultsFolder(dir.file("home/thesis.tex")).open(index_of("a")), core::InputError);
}

TEST_CASE("publishing a cell makes it done and forgets its failure") {
  const support::TempDir dir("store_publish");
  ResultsFolder folder(dir.file("r"));
  folder.open(index_of("a"));
  CHECK(!folder.done("aa11"));
  folder.record_failure("aa11", {"crashed", "signal 9"});
  REQUIRE(folder.failure("aa11"));
  CHECK(folder.failure("aa11")->status == "crashed");
  CHECK(folder.failure("aa11")->message == "signal 9");
  const std::vector<std::byte> bytes(10, std::byte{7});
  folder.publish("aa11", bytes);
  CHECK(folder.done("aa11"));
  CHECK(!folder.failure("aa11"));
  CHECK(folder.finished() == std::vector<std::string>{"aa11"});
}

TEST_CASE("a prefix stands for an id when it is unique") {
  const support::TempDir dir("store_prefix");
  ResultsFolder folder(dir.file("r"));
  folder.open(index_of("a"));
  CHECK(folder.complete_id("aa1") == "aa11");
  CHECK_THROWS_WITH_AS(folder.complete_id("aa"), doctest::Contains("give more digits"),
                       core::InputError);
  CHECK_THROWS_WITH_AS(folder.complete_id("b"), doctest::Contains("no cell"), core::InputError);
}

TEST_CASE("an index whose values have other types is one error") {
  const support::TempDir dir("store_types");
  ResultsFolder folder(dir.file("r"));
  folder.open(index_of("a"));
  const std::string file = dir.file("r/experiment.json"), good = core::read_text(file);
  REQUIRE(folder.read_index().cells.size() == 2);
  const auto with = [&](const std::string& what, const std::string& instead) {
    std::string text = good;
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    core::publish(file, text.replace(at, what.size(), instead));
    CHECK_THROWS_AS(folder.read_index(), core::InputError);
  };
  with("\"choices\":{}", "\"choices\":[]");
  with("\"choices\":{}", "\"choices\":{\"method\":3}");
  with("\"choose_by\":\"validation\"", "\"choose_by\":3");
  with("\"values\":[1,2]", "\"values\":3");
  with("\"values\":[1,2]", "\"values\":[1]");  // two labels
}
