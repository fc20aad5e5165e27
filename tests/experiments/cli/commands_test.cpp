#include "experiments/cli/commands.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>

#include "tests/support/tiny_experiment.h"

using support::roundtable;

TEST_CASE("wrong usage is one line of error and exit code 2") {
  struct Bad {
    std::vector<std::string> arguments;
    const char* says;
  };
  const std::vector<Bad> table = {
      {{}, "subcommand"},
      {{"rnu", "x.yaml"}, "did you mean 'run'?"},
      {{"run"}, "experiment"},
      {{"run", "missing.yaml"}, "missing.yaml: no such file"},
      {{"run", "missing.yaml", "--wrkers", "3"}, "--wrkers; did you mean '--workers'?; known: "},
      {{"run", "missing.yaml", "--threds", "2"}, "did you mean '--threads'?"},
      {{"plan", "missing.yaml", "--threds=2"}, "did you mean '--threads'?"},
      {{"table", "missing.yaml", "--fromat", "md"}, "did you mean '--format'?"},
      {{"table", "missing.yaml", "--fromat", "md"}, "see roundtable help table"},
      {{"data", "check", "noise", "--sise"}, "see roundtable help data check"},
      {{"--hepl"}, "did you mean '--help'?"},
      {{"help", "rnu"}, "unknown command 'rnu'; did you mean 'run'?"},
      {{"run", "missing.yaml", "--workers", "0"}, "workers"},
      {{"table", "missing.yaml", "--format", "pdf"}, "known: terminal, md, csv"},
      {{"methods", "brec"}, "did you mean 'brecq'?"},
      {{"schema", "nothing"}, "no key starts with 'nothing'"},
      {{"data", "check", "fashion"}, "fashion"},
  };
  for (const Bad& bad : table) {
    const support::Said said = roundtable(bad.arguments);
    INFO(said.err);
    CHECK(said.code == 2);
    CHECK(said.err.starts_with("error: "));
    CHECK(std::count(said.err.begin(), said.err.end(), '\n') == 1);
    CHECK(said.err.find(bad.says) != std::string::npos);
    CHECK(said.out.empty());
  }
}

TEST_CASE("help and version succeed and show examples and exit codes") {
  const support::Said help = roundtable({"--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("roundtable run experiments/quickstart.yaml") != std::string::npos);
  CHECK(help.out.find("75 interrupted") != std::string::npos);
  CHECK(help.out.find("\n  cell") == std::string::npos);  // the worker is nobody's business
  CHECK(roundtable({"run", "--help"}).out.find("--workers") != std::string::npos);
  CHECK(roundtable({"--version"}).out.find("0.") != std::string::npos);
}

TEST_CASE("help, help COMMAND and -h are what --help is") {
  CHECK(roundtable({"help"}).out == roundtable({"--help"}).out);
  CHECK(roundtable({"-h"}).out == roundtable({"--help"}).out);
  CHECK(roundtable({"--help"}).out.find("\n  help") != std::string::npos);
  for (const char* command :
       {"plan", "run", "resume", "status", "table", "plot", "units", "show", "merge", "show-quant",
        "methods", "schema", "data", "selftest", "train"}) {
    const support::Said help = roundtable({"help", command});
    CHECK(help.code == 0);
    CHECK(help.out == roundtable({command, "--help"}).out);
    CHECK(help.out == roundtable({command, "-h"}).out);
    CHECK(help.out.find(std::string("roundtable ") + command) != std::string::npos);
  }
  CHECK(roundtable({"help", "data", "check"}).out == roundtable({"data", "check", "--help"}).out);
}

TEST_CASE("columns are aligned") {
  CHECK(experiments::aligned({{"a", "b"}, {"long", "x"}}) == "a     b\n----  -\nlong  x\n");
}

TEST_CASE("output that cannot be written ends a command with one error") {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"roundtable", "--help"},
                                             {"roundtable", "schema", "--markdown"},
                                             {"roundtable", "methods"},
                                             {"roundtable", "schema", "--json"}}) {
    std::FILE* full = std::fopen("/dev/full", "w");
    std::FILE* err = std::tmpfile();
    CHECK(experiments::dispatch({.argv = command, .out = full, .err = err}) == 1);
    std::fclose(full);
    std::rewind(err);
    char line[200] = {};
    REQUIRE(std::fgets(line, sizeof line, err) != nullptr);
    CHECK(std::string(line).starts_with("error: standard output cannot be written: No space left"));
    CHECK(std::fgets(line, sizeof line, err) == nullptr);
    std::fclose(err);
  }
}

TEST_CASE("a pipe whose reader is gone ends a command quietly") {
  std::signal(SIGPIPE, SIG_IGN);  // as in `run`
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  std::FILE* out = ::fdopen(ends[1], "w");
  std::FILE* err = std::tmpfile();
  CHECK(experiments::dispatch({.argv = {"roundtable", "methods"}, .out = out, .err = err}) ==
        128 + SIGPIPE);
  CHECK(std::ftell(err) == 0);
  std::fclose(out);
  std::fclose(err);
  std::signal(SIGPIPE, SIG_DFL);
}
