// Signals: how a running command learns that it should stop, and which signals it survives.
//
// SIGINT, SIGTERM, SIGUSR1 and SIGUSR2 (schedulers send the last three before a time limit) set a
// flag; work finishes its step, saves and exits with kExitInterrupted.  A second SIGINT ends the
// process at once. SIGHUP, SIGPIPE and SIGXFSZ are ignored: writes then fail with an error that
// names the file. The flag is process-wide because signal handlers are.
#pragma once

namespace experiments {

/// Work was stopped and can be continued with the same command (EX_TEMPFAIL of sysexits.h).
inline constexpr int kExitInterrupted = 75;

/// Installs the handlers; calling it again changes nothing.
void install_signal_handlers();
/// True once one of the four signals has arrived.
bool stop_requested();
/// The signal that asked for the stop, 0 if none.
int stop_signal();
/// Forgets a stop, for a process that goes on (tests).
void clear_stop();

}  // namespace experiments
