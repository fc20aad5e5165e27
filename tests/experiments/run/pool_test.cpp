#include "experiments/run/pool.h"

#include <doctest/doctest.h>

#include <map>

#include "core/error.h"
#include "tests/support/idx_files.h"

using namespace experiments;

namespace {

/// Six cells that nothing can compute; the workers of these tests are shell scripts.
Plan plan() {
  Plan p;
  for (int i = 0; i < 6; ++i) {
    Cell c;
    c.id = "c" + std::to_string(i);
    c.config = core::Value(core::Value::Map{{"i", i}});
    c.model_key = i % 2 ? "odd" : "even";
    p.cells.push_back(c);
  }
  p.points.resize(6);
  return p;
}

std::map<std::size_t, CellOutcome> outcomes(const std::string& script, int workers,
                                            const support::TempDir& dir,
                                            std::function<bool()> stop = {}) {
  std::map<std::size_t, CellOutcome> out;
  run_pool(plan(), {0, 1, 2, 3, 4, 5},
           {.program = "/bin/sh",
            .arguments = {"-c", script},
            .workers = workers,
            .log_folder = dir.path()},
           {.stop_requested = std::move(stop),
            .progress = {},
            .finished = [&](std::size_t cell, const CellOutcome& o) {
              CHECK(out.emplace(cell, o).second);
            }});
  return out;
}

const std::string kAnswer = R"(echo '{"status":"ok","message":"","top1":50.0,"seconds":0.5}')";

}  // namespace

TEST_CASE("every cell is computed once, by one worker and by several") {
  const support::TempDir dir("pool_all");
  for (const int workers : {1, 3, 8}) {
    const auto out =
        outcomes("while read line; do echo noise; " + kAnswer + "; done", workers, dir);
    REQUIRE(out.size() == 6);
    for (const auto& [cell, o] : out) CHECK((o.status == "ok" && o.top1 == 50.0));
  }
}

TEST_CASE("what libraries write to the output of a worker ends no run") {
  const support::TempDir dir("pool_noise");
  for (const char* noise : {"echo '{broken'", "echo '{\"status\": 3}'", "printf 'no end\\n'"}) {
    CAPTURE(noise);
    const auto out =
        outcomes("while read line; do " + std::string(noise) + "; " + kAnswer + "; done", 2, dir);
    REQUIRE(out.size() == 6);
    for (const auto& [cell, o] : out) CHECK(o.status == "ok");
  }
}

TEST_CASE("a worker that dies costs its cell only") {
  const support::TempDir dir("pool_crash");
  const auto out = outcomes(
      "while read line; do case \"$line\" in *c3*) echo 'last words' >&2; kill -9 $$;; *c4*) exit "
      "7;; esac; " +
          kAnswer + "; done",
      2, dir);
  REQUIRE(out.size() == 6);
  for (const auto& [cell, o] : out) CHECK((o.status == "ok") == (cell != 3 && cell != 4));
  CHECK(out.at(3).status == "crashed");
  CHECK(out.at(3).message.find("signal 9") != std::string::npos);
  CHECK(out.at(3).message.find("last words") != std::string::npos);
  CHECK(out.at(4).message.find("exit code 7") != std::string::npos);
}

TEST_CASE("a worker keeps to the model that it has loaded while there are such cells") {
  const support::TempDir dir("pool_model");
  std::vector<std::size_t> order;
  run_pool(plan(), {0, 1, 2, 3, 4, 5},
           {.program = "/bin/sh",
            .arguments = {"-c", "while read line; do " + kAnswer + "; done"},
            .workers = 1,
            .log_folder = dir.path()},
           {.stop_requested = {},
            .progress = {},
            .finished = [&](std::size_t cell, const CellOutcome&) { order.push_back(cell); }});
  CHECK(order == std::vector<std::size_t>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("a stop ends the workers and reports no cell that was in work") {
  const support::TempDir dir("pool_stop");
  int polls = 0;
  const auto out = outcomes("read line; exec sleep 30", 2, dir, [&polls] { return ++polls > 2; });
  CHECK(out.empty());
}

TEST_CASE("a worker that cannot write results stops the run") {
  const support::TempDir dir("pool_fatal");
  CHECK_THROWS_WITH_AS(
      outcomes("read line; echo '{\"status\":\"fatal\",\"message\":\"disk is full\"}'; exit 2", 2,
               dir),
      doctest::Contains("disk is full"), core::InputError);
}

TEST_CASE("a program that cannot be started is an error, not six crashed cells") {
  const support::TempDir dir("pool_exec");
  CHECK_THROWS_WITH_AS(
      run_pool(plan(), {0, 1},
               {.program = "/nonexistent", .arguments = {}, .workers = 1, .log_folder = dir.path()},
               {.stop_requested = {},
                .progress = {},
                .finished = [](std::size_t, const CellOutcome&) {}}),
      doctest::Contains("cannot be started"), core::Error);
}
