#include "experiments/signals.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

TEST_CASE("each of the four stop signals sets the flag and is remembered") {
  experiments::install_signal_handlers();
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) {
    experiments::clear_stop();
    CHECK_FALSE(experiments::stop_requested());
    std::raise(signal);
    CHECK(experiments::stop_requested());
    CHECK(experiments::stop_signal() == signal);
  }
  experiments::clear_stop();
}

TEST_CASE("hang-up, broken pipes and file-size limits do not end the process") {
  experiments::install_signal_handlers();
  for (const int signal : {SIGHUP, SIGPIPE, SIGXFSZ}) std::raise(signal);
  CHECK_FALSE(experiments::stop_requested());
}

TEST_CASE("a second SIGINT ends the process at once, a second SIGTERM does not") {
  const auto fate = [](int second) {
    const pid_t child = fork();
    if (child == 0) {
      experiments::clear_stop();
      experiments::install_signal_handlers();
      std::raise(SIGINT);
      std::raise(second);
      _exit(experiments::stop_requested() ? experiments::kExitInterrupted : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  };
  const int insisted = fate(SIGINT);
  CHECK(WIFSIGNALED(insisted));
  CHECK(WTERMSIG(insisted) == SIGINT);
  const int patient = fate(SIGTERM);
  CHECK(WIFEXITED(patient));
  CHECK(WEXITSTATUS(patient) == 75);
}
