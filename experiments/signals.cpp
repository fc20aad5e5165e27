#include "experiments/signals.h"

#include <csignal>
#include <initializer_list>

namespace experiments {
namespace {

volatile std::sig_atomic_t received = 0;

extern "C" void on_stop(int signal) {
  if (received != 0 && signal == SIGINT) {
    std::signal(SIGINT, SIG_DFL);  // the user insists: die of the signal, as the shell expects
    std::raise(SIGINT);
    return;
  }
  received = signal;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // a stop must not turn a write in progress into an error
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) handle(signal, &on_stop);
  for (const int signal : {SIGHUP, SIGPIPE, SIGXFSZ}) handle(signal, SIG_IGN);
}

bool stop_requested() { return received != 0; }
int stop_signal() { return received; }
void clear_stop() { received = 0; }

}  // namespace experiments
