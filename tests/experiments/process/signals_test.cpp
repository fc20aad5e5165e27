#include "experiments/process/signals.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>
#include <string>
#include <utility>

TEST_CASE("each of the five stop signals sets the flag and is remembered") {
  experiments::install_signal_handlers();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    experiments::clear_stop();
    CHECK_FALSE(experiments::stop_requested());
    std::raise(signal);
    CHECK(experiments::stop_requested());
    CHECK(experiments::stop_signal() == signal);
  }
  experiments::clear_stop();
}

TEST_CASE("broken pipes and file-size limits do not end the process") {
  experiments::install_signal_handlers();
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::raise(signal);
  CHECK_FALSE(experiments::stop_requested());
}

namespace {

/// How a process ends, and what it says, that gets two signals.
std::pair<int, std::string> fate(int first, int second, void (*hang_up)(int) = SIG_DFL) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    ::dup2(ends[1], 2);
    std::signal(SIGHUP, hang_up);
    experiments::clear_stop();
    experiments::install_signal_handlers({.first = "stopping\n", .again = "at once\n"});
    std::raise(first);
    std::raise(second);
    _exit(experiments::stop_requested() ? 1 : 2);
  }
  ::close(ends[1]);
  std::string text;
  for (char c; ::read(ends[0], &c, 1) == 1;) text += c;
  ::close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text};
}

}  // namespace

TEST_CASE("a second SIGINT ends the process at once with code 75, other signals do not") {
  CHECK(fate(SIGINT, SIGINT) == std::pair(75, std::string("stopping\nat once\n")));
  CHECK(fate(SIGTERM, SIGINT) == std::pair(75, std::string("at once\n")));
  CHECK(fate(SIGINT, SIGTERM) == std::pair(1, std::string("stopping\n")));
  CHECK(fate(SIGTERM, SIGTERM) == std::pair(1, std::string()));
  CHECK(fate(SIGHUP, SIGHUP) == std::pair(1, std::string()));
}

TEST_CASE("a hang-up that was ignored at the start, as by nohup, is ignored") {
  CHECK(fate(SIGHUP, SIGHUP, SIG_IGN).first == 2);
}
