#include "experiments/process/child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/system/file.h"
#include "tests/support/temp_dir.h"

using experiments::Child;
using experiments::ChildEnd;

namespace {

Child shell(const std::string& script, const std::string& log = "") {
  return Child("/bin/sh", {"-c", script}, log);
}

}  // namespace

TEST_CASE("a child reads what is sent, answers, and says how it ended") {
  const support::TempDir dir("child");
  Child child = shell("read a; echo \"got $a\"; echo words >&2; exit 3", dir.file("log"));
  CHECK(child.send("hello\n"));
  CHECK(child.read_all() == "got hello\n");
  const ChildEnd end = child.wait();
  CHECK(end.code == 3);
  CHECK(!end.good());
  CHECK(end.str() == "worker ended with exit code 3");
  CHECK(core::read_text(dir.file("log")) == "words\n");
}

TEST_CASE("a large text goes through, and to a child that does not read nothing is raised") {
  const std::string large(1 << 20, 'x');
  Child counts = shell("wc -c");
  CHECK(counts.send(large));
  counts.close_input();
  CHECK(counts.read_all().find("1048576") != std::string::npos);
  CHECK(counts.wait().good());
  Child deaf = shell("exec <&-; sleep 0.1");
  CHECK(!deaf.send(large));
  CHECK(deaf.wait().good());
}

TEST_CASE("one that is killed gets a hint of memory, with what it held") {
  Child child = shell("kill -9 $$");
  const ChildEnd end = child.wait();
  CHECK(end.signal == SIGKILL);
  CHECK(end.peak_mb > 0.1);
  CHECK(end.str().find("worker ended by signal 9 (Killed); it held ") == 0);
  CHECK(end.str().find(" MB: if memory ran out, use fewer workers or give --memory") !=
        std::string::npos);
  Child stopped = shell("kill -TERM $$");
  CHECK(stopped.wait().str() == "worker ended by signal 15 (Terminated)");
}

TEST_CASE("whichever standard descriptors are closed, a child has all of its own") {
  const support::TempDir dir("child_closed");
  for (int closed = 0; closed < 8; ++closed) {
    const pid_t parent = ::fork();
    if (parent == 0) {
      for (int fd = 0; fd < 3; ++fd) {
        if (closed >> fd & 1) ::close(fd);
      }
      int bad = 0;
      for (const bool logged : {true, false}) {
        Child child = shell("read a && echo \"got $a\" && echo words >&2; exit 4",
                            logged ? dir.file("log") : "");
        if (!child.send("hello\n")) ++bad;
        if (child.read_all() != "got hello\n") ++bad;
        if (child.wait().code != 4) ++bad;
        if (logged && core::read_text(dir.file("log")) != "words\n") ++bad;
      }
      ::_exit(bad);
    }
    int status = 0;
    ::waitpid(parent, &status, 0);
    CAPTURE(closed);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
}

TEST_CASE("a program that cannot be started is an error, and an abandoned child is ended") {
  Child none("/no/such/program", {});
  CHECK_THROWS_WITH_AS(none.wait(), "workers: /no/such/program cannot be started", core::Error);
  { const Child left = shell("sleep 1000"); }  // must not take 1000 seconds
  Child a = shell("sleep 1000"), b = std::move(a);
  b.signal(SIGTERM);
  CHECK(b.wait().signal == SIGTERM);
}
