#include "experiments/process/signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

namespace experiments {
namespace {

volatile std::sig_atomic_t received = 0;
StopNotices notices;

void say(const char* line) {
  if (*line != '\0') (void)!::write(STDERR_FILENO, line, std::strlen(line));
}

extern "C" void on_stop(int signal) {
  const int before = errno;
  if (signal == SIGINT && received != 0) {  // the user insists
    say(notices.again);
    ::_exit(kExitInterrupted);
  }
  if (signal == SIGINT) say(notices.first);
  received = signal;
  errno = before;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // a stop must not turn a write in progress into an error
  sigaction(signal, &action, nullptr);
}

bool ignored(int signal) {
  struct sigaction present = {};
  return sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

}  // namespace

void install_signal_handlers(StopNotices lines) {
  notices = lines;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) handle(signal, &on_stop);
  if (!ignored(SIGHUP)) handle(SIGHUP, &on_stop);
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, SIG_IGN);
}

bool stop_requested() { return received != 0; }
int stop_signal() { return received; }
void clear_stop() { received = 0; }

}  // namespace experiments
