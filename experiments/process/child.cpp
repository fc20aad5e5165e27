#include "experiments/process/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <initializer_list>

#include "core/error.h"

namespace experiments {
namespace {

constexpr int kExecFailed = 127;
constexpr int kFirstFree = 3;  // above the standard descriptors

struct Pipe {
  core::Descriptor read, write;
};

/// Above the standard descriptors: dup2 onto those must not find its target already there (it would
/// do nothing, and the end would be closed on exec).
core::Descriptor raised(core::Descriptor low) {
  if (low.get() >= kFirstFree) return low;
  core::Descriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstFree));
  if (!high.valid()) throw core::Error(fmt::format("workers: pipe: {}", std::strerror(errno)));
  return high;
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw core::Error(fmt::format("workers: pipe: {}", std::strerror(errno)));
  core::Descriptor read(ends[0]), write(ends[1]);
  return {raised(std::move(read)), raised(std::move(write))};
}

/// Holds back SIGPIPE of this thread, and takes one away that came meanwhile.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec now{};
    if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

/// In the new process.  Only async-signal-safe calls: other threads may have held locks.
[[noreturn]] void become(const char* program, char* const* argv, int in, int out, const char* log,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExecFailed);
  if (log) {
    const int fd = ::open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0644);
    if (fd >= 0 && fd != 2) ::dup2(fd, 2);
    if (fd == 2) ::fcntl(2, F_SETFD, 0);
  }
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::execv(program, argv);
  ::_exit(kExecFailed);
}

}  // namespace

std::string ChildEnd::str() const {
  if (signal == 0) return fmt::format("worker ended with exit code {}", code);
  std::string text = fmt::format("worker ended by signal {} ({})", signal, ::strsignal(signal));
  if (signal == SIGKILL || signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS) {
    text += fmt::format(
        "; it held {:.0f} MB: if memory ran out, use fewer workers or give --memory less than the "
        "machine has",
        peak_mb);
  }
  return text;
}

Child::Pid::Pid(Pid&& other) noexcept : value(std::exchange(other.value, -1)) {}

Child::Pid& Child::Pid::operator=(Pid&& other) noexcept {
  std::swap(value, other.value);
  return *this;
}

Child::Child(const std::string& program, const std::vector<std::string>& arguments,
             const std::string& log)
    : program_(program) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  Pipe to = make_pipe(), from = make_pipe();
  const pid_t parent = ::getpid();
  // Held back over the fork: until exec the child has our handlers, which would swallow a signal
  // that is meant to end it.
  sigset_t ending, before;
  ::sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ending, number);
  ::pthread_sigmask(SIG_BLOCK, &ending, &before);
  pid_.value = ::fork();
  if (pid_.value == 0) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
      struct sigaction present {};
      ::sigaction(number, nullptr, &present);
      if (present.sa_handler != SIG_IGN) ::signal(number, SIG_DFL);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    become(program.c_str(), argv.data(), to.read.get(), from.write.get(),
           log.empty() ? nullptr : log.c_str(), parent);
  }
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid_.value < 0) throw core::Error(fmt::format("workers: fork: {}", std::strerror(error)));
  input_ = std::move(to.write), output_ = std::move(from.read);
}

Child::~Child() {
  if (pid_.value < 0) return;
  signal(SIGKILL);
  core::retry([&] { return ::waitpid(pid_.value, nullptr, 0); });
}

bool Child::send(std::string_view text) {
  const NoBrokenPipe quiet;
  while (!text.empty()) {
    const ssize_t n = core::retry([&] { return ::write(input_.get(), text.data(), text.size()); });
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string Child::read_all() {
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t n = core::retry([&] { return ::read(output_.get(), bytes, sizeof bytes); });
    if (n <= 0) return text;
    text.append(bytes, static_cast<std::size_t>(n));
  }
}

void Child::signal(int number) const {
  if (pid_.value > 0) ::kill(pid_.value, number);
}

ChildEnd Child::wait() {
  input_.close(), output_.close();
  int status = 0;
  struct rusage used {};
  core::retry([&] { return ::wait4(pid_.value, &status, 0, &used); });
  pid_.value = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExecFailed)
    throw core::Error(fmt::format("workers: {} cannot be started", program_));
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
          .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          .peak_mb = static_cast<double>(used.ru_maxrss) / 1024};
}

}  // namespace experiments
