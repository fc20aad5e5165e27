// Signals: how a running command learns that it should stop, and which signals it survives.
//
// SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 (schedulers send some of them before a time limit)
// set a flag; work finishes its step, saves, merges and exits with kExitInterrupted.  A SIGINT
// after that ends the process at once with the same code: what was published stays, nothing else is
// done. SIGHUP stays ignored where it was ignored at the start (nohup).  SIGPIPE and SIGXFSZ are
// ignored: writes then fail with an error that names the file.  The flag is process-wide because
// signal handlers are.
#pragma once

namespace experiments {

/// Work was stopped and can be continued with the same command (EX_TEMPFAIL of sysexits.h).
inline constexpr int kExitInterrupted = 75;

/// Lines for the standard error, written when SIGINT comes first and when it comes again.
struct StopNotices {
  const char* first = "";
  const char* again = "";
};

/// Installs the handlers; calling it again changes the notices only, which must not go away.
void install_signal_handlers(StopNotices notices = {});
/// True once one of the five signals has arrived.
bool stop_requested();
/// The signal that asked for the stop, 0 if none.
int stop_signal();
/// Forgets a stop, for a process that goes on (tests).
void clear_stop();

}  // namespace experiments
