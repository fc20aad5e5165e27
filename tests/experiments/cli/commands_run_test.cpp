// plan, run and resume, in this process and as the real program.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include "core/rng.h"
#include "core/system/file.h"
#include "experiments/cell/cell_memory.h"
#include "experiments/text/json.h"
#include "tests/support/program.h"
#include "tests/support/tiny_experiment.h"

using support::program;
using support::roundtable;

namespace {

pid_t start(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, 1);
    ::dup2(null, 2);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE(
    "plan lists the cells, run computes them once and prints the table, a repeat computes "
    "nothing") {
  const support::TempDir dir("commands_run");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const support::Said plan = roundtable({"plan", file, "--out", out});
  CHECK(plan.code == 0);
  CHECK(plan.out.find("4 cells, 4 to run") != std::string::npos);
  CHECK(plan.out.find("a guess") != std::string::npos);
  CHECK(!std::filesystem::exists(out));

  const support::Said first = roundtable({"run", file, "--out", out});
  INFO(first.err);
  CHECK(first.code == 0);
  CHECK(first.out.find("bits=4") != std::string::npos);
  CHECK(first.out.find("brecq") != std::string::npos);
  CHECK(first.out.find("ours instead of the preset's") != std::string::npos);
  const auto contents = support::contents_of(out);
  CHECK(contents.size() == 4);

  const support::Said again = roundtable({"resume", file, "--out", out});
  CHECK(again.code == 0);
  CHECK(again.err.find("4 cells, 0 to run") != std::string::npos);
  CHECK(again.out == first.out);

  CHECK(roundtable({"run", file, "--out", out, "--force"}).code == 0);
  CHECK(support::contents_of(out) == contents);

  const support::Said done = roundtable({"plan", file, "--out", out, "--json"});
  const core::Value json = experiments::parse_json(done.out, "plan");
  CHECK(json.find("cells")->list().size() == 4);
  CHECK(*json.find("cells")->list()[0].find("status")->as_string() == "done");
}

TEST_CASE("a cell that learned nothing but noise is marked wherever it is shown") {
  const support::TempDir dir("commands_run_noise");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const std::string reason = "learning made it worse than round to nearest";
  const std::vector<std::string> noise{"learn.optimizer.lr=1e6", "learn.iters=5",
                                       "grid.quant.weight.bits=[4]", "--out", out};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), noise.begin(), noise.end());
    return roundtable(arguments);
  };
  const support::Said run = with({"run", file});
  CHECK(run.code == 0);
  CHECK(run.err.find(" (" + reason) != std::string::npos);
  CHECK(run.out.find(" †\n") != std::string::npos);
  CHECK(run.out.find(": " + reason) != std::string::npos);
  const std::string id = run.out.substr(run.out.find("\n† ") + 5, 12);  // † has three bytes
  CHECK(roundtable({"show", id, "--in", out}).out.find("# " + reason) != std::string::npos);
  CHECK(roundtable({"status", out}).out.find(id + " ok: " + reason) != std::string::npos);
  CHECK(roundtable({"table", out, "--format", "csv"}).out.find("," + reason) != std::string::npos);
  CHECK(core::read_text(out + "/cells.csv").find(reason) != std::string::npos);
}

TEST_CASE("a caution of the recipe is said by plan and run, and marks the cell") {
  const support::TempDir dir("commands_run_caution");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const std::vector<std::string> keys{file, "quant.repair=bias_correction",
                                      "grid.quant.weight.bits=[4]", "--out", out};
  const auto said = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), keys.begin(), keys.end());
    return roundtable(arguments);
  };
  const std::string caution = "quant.repair bias_correction behind learned roundings";
  CHECK(said({"plan"}).out.find("caution: 1 cell: " + caution) != std::string::npos);  // not rtn
  const support::Said run = said({"run"});
  CHECK(run.err.find("caution: 1 cell: " + caution) != std::string::npos);
  CHECK(run.out.find(": " + caution) != std::string::npos);
  CHECK(run.out.find("†") != std::string::npos);
}

TEST_CASE("a results folder of another experiment is refused with exit code 2") {
  const support::TempDir dir("commands_foreign");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  REQUIRE(roundtable({"run", file, "--out", out, "--limit", "1"}).code == 0);
  const support::Said said = roundtable({"run", file, "name=other", "--out", out});
  CHECK(said.code == 2);
  CHECK(said.err.find("experiment 'tiny'") != std::string::npos);
}

TEST_CASE("a grid over a key that does not exist is refused before anything runs") {
  const support::TempDir dir("commands_grid");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const support::Said said = roundtable({"run", file, "grid.learn.itres=[1, 2]", "--out", out});
  CHECK(said.code == 2);
  CHECK(said.err.find("did you mean 'iters'?") != std::string::npos);
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("memory that is no amount or too little is refused before anything is computed") {
  const support::TempDir dir("commands_memory");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  for (const char* bad : {"lots", "8X", "0"}) {
    const support::Said said = roundtable({"run", file, "--out", out, "--memory", bad});
    CHECK(said.code == 2);
    CHECK(said.err.find("amount like 8G") != std::string::npos);
  }
  const support::Said little = roundtable({"run", file, "--out", out, "--memory", "3M"});
  CHECK(little.code == 2);
  CHECK(little.err.find("3 MB can not be kept: resnet20") != std::string::npos);
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("plan says how workers, threads and memory are chosen") {
  const support::TempDir dir("commands_plan_memory");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const support::Said plan =
      roundtable({"plan", file, "--out", out, "--memory", "20G", "--threads", "2"});
  CHECK(plan.out.find("1 worker(s) x 2 thread(s)") != std::string::npos);
  CHECK(plan.out.find("too short for measuring") != std::string::npos);
  CHECK(plan.out.find("memory: 20.0 GB allowed, largest cell") != std::string::npos);
  const support::Said json =
      roundtable({"plan", file, "--out", out, "--workers", "2", "--threads", "2", "--json"});
  const core::Value value = experiments::parse_json(json.out, "plan");
  CHECK(*value.find("workers")->as_int() == 2);
  CHECK(*value.find("threads")->as_int() == 1);
}

TEST_CASE("a limit is kept, changes no bit, and the peak was predicted" *
          doctest::test_suite("slow")) {
  if (program().empty()) {
    MESSAGE("SKIPPED: the program is not built beside the tests");
    return;
  }
  const support::TempDir dir("commands_limit");
  support::write_fashion(dir.file("fashion"), 1100, 20);
  const std::string file = support::tiny_experiment(dir);
  // inputs and targets of 50 MB each, by block and by layer
  const std::vector<std::string> keys{"calibration.count=1000", "grid.quant.weight.bits=[4]",
                                      "grid.method=[qdrop]", "quant.act.bits=4",
                                      "grid.learn.granularity=[block, layer]"};
  const auto peaks = [&](const std::string& out) {
    double most = 0;
    const experiments::ResultsFolder folder(out);
    for (const std::string& id : folder.finished()) {
      const core::Value provenance = experiments::parse_json(
          support::cell_file(folder.cell_path(id)).string_attribute("provenance_json"), id);
      most = std::max(most, *provenance.find("peak_rss_mb")->as_double());
    }
    return most;
  };
  const auto run = [&](const std::string& out, std::vector<std::string> more) {
    std::vector<std::string> arguments{program(), "run", file, "--out", out, "--threads", "2"};
    arguments.insert(arguments.end(), keys.begin(), keys.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return wait_for(start(arguments));
  };
  const std::string free = dir.file("free"), limited = dir.file("limited");
  REQUIRE(run(free, {"--memory", "8G"}) == 0);
  REQUIRE(run(limited, {"--memory", "250M", "--scratch", dir.path()}) == 0);
  CHECK(support::contents_of(free).size() == 2);
  CHECK(support::contents_of(free) == support::contents_of(limited));
  MESSAGE("peak MB without and with a limit of 250: " << peaks(free) << ", " << peaks(limited));
  CHECK(peaks(limited) <= 250);
  CHECK(peaks(free) > 250);

  std::vector<std::string> plan{"plan", file, "--out", dir.file("none"), "--json"};
  plan.insert(plan.end(), keys.begin(), keys.end());
  const core::Value said = experiments::parse_json(roundtable(plan).out, "plan");
  const double predicted = *said.find("largest_cell_mb")->as_double();
  MESSAGE("predicted MB: " << predicted);
  CHECK(predicted >= peaks(free));
  CHECK(predicted <= experiments::kMemoryMargin * peaks(free));
}

TEST_CASE("worker processes give the same cells as one process" * doctest::test_suite("slow")) {
  if (program().empty()) {
    MESSAGE("SKIPPED: the program is not built beside the tests");
    return;
  }
  const support::TempDir dir("commands_workers");
  const std::string file = support::tiny_experiment(dir);
  CHECK(wait_for(start({program(), "run", file, "--out", dir.file("one"), "--threads", "1"})) == 0);
  CHECK(wait_for(start({program(), "run", file, "--out", dir.file("two"), "--workers", "2",
                        "--threads", "2"})) == 0);
  CHECK(support::contents_of(dir.file("one")).size() == 4);
  CHECK(support::contents_of(dir.file("one")) == support::contents_of(dir.file("two")));
}

TEST_CASE("SIGTERM ends a run with exit code 75 and loses no finished cell" *
          doctest::test_suite("slow")) {
  if (program().empty()) {
    MESSAGE("SKIPPED: the program is not built beside the tests");
    return;
  }
  const support::TempDir dir("commands_term");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  for (const char* workers : {"1", "2"}) {
    const pid_t pid =
        start({program(), "run", file, "--out", out, "--workers", workers, "learn.iters=100000"});
    const experiments::ResultsFolder folder(out);
    for (int i = 0; i < 1000 && folder.finished().size() < 2; ++i)
      ::usleep(50'000);  // RTN is done, BRECQ takes long
    ::usleep(300'000);
    ::kill(pid, SIGTERM);
    CHECK(wait_for(pid) == 75);
    CHECK(folder.finished().size() == 2);
  }
}

TEST_CASE("a hang-up ends a run like SIGTERM, a second SIGINT at once without results.h5" *
          doctest::test_suite("slow")) {
  if (program().empty()) {
    MESSAGE("SKIPPED: the program is not built beside the tests");
    return;
  }
  const support::TempDir dir("commands_hang_up");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const experiments::ResultsFolder folder(out);
  const auto until_brecq = [&](const char* workers) {  // RTN is done, BRECQ takes long
    const pid_t pid =
        start({program(), "run", file, "--out", out, "--workers", workers, "learn.iters=100000"});
    for (int i = 0; i < 1000 && folder.finished().size() < 2; ++i) ::usleep(50'000);
    ::usleep(300'000);
    return pid;
  };
  for (const char* workers : {"1", "2"}) {
    pid_t pid = until_brecq(workers);
    ::kill(pid, SIGHUP);
    CHECK(wait_for(pid) == 75);
    CHECK(std::filesystem::exists(out + "/results.h5"));
    std::filesystem::remove_all(out);

    pid = until_brecq(workers);
    ::kill(pid, SIGSTOP);  // both signals arrive before the step ends
    ::kill(pid, SIGTERM), ::kill(pid, SIGCONT);
    ::kill(pid, SIGINT);
    ::kill(pid, SIGINT);
    CHECK(wait_for(pid) == 75);
    CHECK(folder.finished().size() == 2);
    CHECK(roundtable({"merge", out}).code == 0);
    CHECK(std::filesystem::exists(out + "/results.h5"));
    std::filesystem::remove_all(out);
  }
}

TEST_CASE("runs killed at any moment end with the results of an undisturbed one" *
          doctest::test_suite("slow")) {
  if (program().empty()) {
    MESSAGE("SKIPPED: the program is not built beside the tests");
    return;
  }
  const support::TempDir dir("commands_kill");
  const std::string file = support::tiny_experiment(dir), out = dir.file("r");
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(wait_for(start({program(), "run", file, "--out", dir.file("whole")})) == 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::steady_clock::now() - begin)
                         .count();
  const auto whole_contents = support::contents_of(dir.file("whole"));
  core::Rng rng(1);
  // Moments over the length of a run, whatever the machine: from a fresh folder as soon as an
  // attempt was not ended in time.
  for (int attempt = 0; attempt < 12; ++attempt) {
    const bool workers = attempt % 3 == 2;
    const pid_t pid =
        start({program(), "run", file, "--out", out, "--workers", workers ? "2" : "1"});
    ::usleep(static_cast<useconds_t>(rng.below(whole)));
    ::kill(pid, SIGKILL);
    if (wait_for(pid) == -SIGKILL) continue;
    CHECK(support::contents_of(out) == whole_contents);
    std::filesystem::remove_all(out);
  }
  CHECK(wait_for(start({program(), "run", file, "--out", out})) == 0);
  CHECK(support::contents_of(out) == whole_contents);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out)) {
    CHECK(entry.path().string().find(".tmp.") == std::string::npos);
  }
}
