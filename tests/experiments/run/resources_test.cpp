#include "experiments/run/resources.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

namespace {

constexpr double kGb = std::size_t{1} << 30;

/// Eight cells of an hour together, a GB each, half of it inputs and targets.
Situation situation(double one_worker, double two, double four) {
  return {.cells = 8,
          .seconds = 3600,
          .largest = {.least = 0.5 * kGb, .all = kGb, .stored = 0.5 * kGb, .which = "cell c"},
          .measure = [=](const Split& s) {
            return s.workers == 1 ? one_worker : s.workers == 2 ? two : four;
          }};
}

Demands demands(int threads, double gb) {
  return {.threads = threads, .memory = static_cast<std::size_t>(gb * kGb), .scratch = "/"};
}

bool says(const Resources& r, const std::string& text) {
  return std::any_of(r.reasons.begin(), r.reasons.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("the division that is measured fastest is taken, threads and memory divided") {
  const Resources r = choose_resources(demands(4, 16), situation(10, 18, 14));
  CHECK(r.workers == 2);
  CHECK(r.threads == 2);
  CHECK(r.memory == std::size_t{8} << 30);
  CHECK(!r.spills);
  CHECK(says(r, "2 x 2 threads: 18.0 images/s"));
  CHECK(says(r, "4 x 1 thread: 14.0 images/s"));
}

TEST_CASE("of divisions that are about as fast the one with the most workers is taken") {
  CHECK(choose_resources(demands(4, 16), situation(10, 10.1, 10.2)).workers == 4);
  CHECK(choose_resources(demands(4, 16), situation(10.5, 10.4, 10)).workers == 4);
  CHECK(choose_resources(demands(4, 16), situation(12, 10, 10)).workers == 1);
}

TEST_CASE("workers that would have nothing to do count against a division") {
  Situation three = situation(10, 11, 12);
  three.cells = 3;  // two rounds of two workers: 12 images of every 16 are wanted
  CHECK(choose_resources(demands(2, 16), three).workers == 1);
}

TEST_CASE("a plan with nothing left to do says so") {
  Situation none = situation(1, 2, 4);
  none.cells = 0;
  none.largest = {};
  const Resources r = choose_resources(demands(4, 16), none);
  CHECK(r.workers == 1);
  CHECK(r.reasons == std::vector<std::string>{"no cell is left to run"});
}

TEST_CASE("short runs are not measured, and what is asked for is taken") {
  Situation s = situation(1, 2, 4);
  s.measure = [](const Split&) -> double { throw core::Error("measured"); };
  s.seconds = 60;
  const Resources r = choose_resources(demands(2, 16), s);
  CHECK(r.workers == 1);
  CHECK(r.threads == 2);
  CHECK(says(r, "too short"));
  s.seconds = 1e6;
  Demands asked = demands(4, 16);
  asked.workers = 4;
  CHECK(choose_resources(asked, s).workers == 4);
  CHECK(choose_resources(asked, s).threads == 1);
  asked.workers = 100;  // there are eight cells
  CHECK(choose_resources(asked, s).workers == 8);
}

TEST_CASE("memory bounds the number of workers, and files are for what does not fit otherwise") {
  CHECK(choose_resources(demands(4, 1.5), situation(1, 2, 4)).workers == 1);
  CHECK(choose_resources(demands(4, 2.5), situation(1, 2, 4)).workers == 2);
  const Resources r = choose_resources(demands(4, 0.8), situation(1, 2, 4));
  CHECK(r.workers == 1);
  CHECK(r.spills);
  CHECK(says(r, "in files in /"));
  Demands two = demands(4, 1.5);
  two.workers = 2;
  CHECK(choose_resources(two, situation(1, 2, 4)).spills);
}

TEST_CASE("a limit that cannot be kept is refused with what is needed and where") {
  CHECK_THROWS_WITH_AS(choose_resources(demands(2, 0.25), situation(1, 2, 4)),
                       doctest::Contains("256 MB can not be kept: cell c needs 512 MB"),
                       core::InputError);
  Demands two = demands(2, 0.75);
  two.workers = 2;
  CHECK_THROWS_WITH_AS(choose_resources(two, situation(1, 2, 4)),
                       doctest::Contains("512 MB in each; allow 1.0 GB"), core::InputError);
}

TEST_CASE("a scratch folder in memory, without room or missing is refused, if it is needed") {
  Demands d = demands(1, 0.8);
  d.scratch = "/no/such/folder";
  CHECK_THROWS_AS(choose_resources(d, situation(1, 1, 1)), core::InputError);
  if (std::filesystem::exists("/dev/shm")) {
    d.scratch = "/dev/shm";
    CHECK_THROWS_WITH_AS(choose_resources(d, situation(1, 1, 1)), doctest::Contains("--scratch"),
                         core::InputError);
  }
  d.scratch = "/";
  Situation huge = situation(1, 1, 1);
  huge.largest.stored = huge.largest.all = 1e18;
  CHECK_THROWS_WITH_AS(choose_resources(d, huge), doctest::Contains("free"), core::InputError);
  d.memory = std::size_t{2} << 30;
  d.scratch = "/no/such/folder";
  CHECK(!choose_resources(d, situation(1, 1, 1)).spills);
}

TEST_CASE("a limit of one process that is too small for the largest cell is refused") {
  Situation s = situation(1, 1, 1);
  s.process_limit = kGb;
  CHECK(choose_resources(demands(4, 16), s).workers == 4);  // each process has it to itself
  s.process_limit = 0.75 * kGb;
  CHECK_THROWS_WITH_AS(choose_resources(demands(4, 16), s),
                       doctest::Contains("h_vmem) leave 768 MB: cell c needs 1.0 GB; raise the "
                                         "limit by 256 MB"),
                       core::InputError);
  s.cells = 0;
  CHECK_NOTHROW(choose_resources(demands(4, 16), s));
}

TEST_CASE("the situation names the largest of the cells that are to do") {
  const support::TempDir dir("resources");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Plan plan = make_plan(load_spec(file, {}), bench);
  const Situation s = situation_of(plan, {0, 2}, bench, 5);
  CHECK(s.cells == 2);
  CHECK(s.largest.all > s.largest.least);
  CHECK(s.largest.least > 10 << 20);
  CHECK(s.largest.which.find("resnet20") == 0);
}
