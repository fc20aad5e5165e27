#include "experiments/pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <list>
#include <optional>

#include "core/error.h"
#include "experiments/json.h"
#include "experiments/scalar.h"
#include "experiments/signals.h"

namespace experiments {
namespace {

constexpr int kPollMilliseconds = 200;
constexpr int kExecFailed = 127;

struct Worker {
  int number = 0;
  pid_t pid = -1;
  int in = -1, out = -1;
  std::string log;
  std::string buffer;               // output that is not a whole line yet
  std::optional<std::size_t> cell;  // position in plan.cells
  std::string model_key;            // of the cell before
  std::string fatal;
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// Only async-signal-safe calls between fork and exec: other threads may have held locks.
Worker start(int number, const PoolOptions& options) {
  Worker w;
  w.number = number;
  w.log = fmt::format("{}/worker-{}.log", options.log_folder, number);
  std::vector<char*> argv{const_cast<char*>(options.program.c_str())};
  for (const std::string& a : options.arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  int to[2], from[2];
  if (::pipe2(to, O_CLOEXEC) != 0)
    throw core::Error(fmt::format("workers: pipe: {}", std::strerror(errno)));
  if (::pipe2(from, O_CLOEXEC) != 0) {
    ::close(to[0]), ::close(to[1]);
    throw core::Error(fmt::format("workers: pipe: {}", std::strerror(errno)));
  }
  const pid_t parent = ::getpid();
  // Held back over the fork: until exec the child has our handlers, which would swallow a signal
  // that is meant to end it.
  sigset_t ending, before;
  ::sigemptyset(&ending);
  ::sigaddset(&ending, SIGTERM);
  ::sigaddset(&ending, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ending, &before);
  w.pid = ::fork();
  if (w.pid == 0) {
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kExecFailed);
    const int log = ::open(w.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ::dup2(to[0], 0);
    ::dup2(from[1], 1);
    if (log >= 0) ::dup2(log, 2);
    ::execv(options.program.c_str(), argv.data());
    ::_exit(kExecFailed);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(to[0]), ::close(from[1]);
  w.in = to[1], w.out = from[0];
  if (w.pid < 0) {
    ::close(w.in), ::close(w.out);
    throw core::Error(fmt::format("workers: fork: {}", std::strerror(errno)));
  }
  return w;
}

std::string last_line(const std::string& path) {
  std::ifstream in(path);
  std::string line, last;
  while (std::getline(in, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

/// Waits for the process and says how it ended.
std::string end_of(Worker& w) {
  ::close(w.in), ::close(w.out);
  int status = 0;
  while (::waitpid(w.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExecFailed)
    throw core::Error("workers: the program cannot be started");
  std::string text = WIFSIGNALED(status)
                         ? fmt::format("worker ended by signal {} ({})", WTERMSIG(status),
                                       ::strsignal(WTERMSIG(status)))
                         : fmt::format("worker ended with exit code {}", WEXITSTATUS(status));
  if (const std::string last = last_line(w.log); !last.empty()) text += "; last message: " + last;
  return text;
}

/// The next cell for a worker: one that shares the model it has loaded, else the first.
std::size_t take(std::list<std::size_t>& todo, const Plan& plan, const Worker& w) {
  auto chosen = todo.begin();
  for (auto it = todo.begin(); it != todo.end(); ++it) {
    if (plan.cells[*it].model_key == w.model_key) {
      chosen = it;
      break;
    }
  }
  const std::size_t cell = *chosen;
  todo.erase(chosen);
  return cell;
}

void assign(Worker& w, std::size_t position, const Plan& plan) {
  const Cell& cell = plan.cells[position];
  w.cell = position;
  w.model_key = cell.model_key;
  const core::Value request(core::Value::Map{{"id", cell.id}, {"config", cell.config}});
  write_all(w.in, json_text(request) + "\n");  // a dead worker shows as end of its output
}

double number(const core::Value& message, const char* key) {
  const core::Value* v = message.find(key);
  if (!v) return 0;
  if (const std::int64_t* i = v->as_int()) return static_cast<double>(*i);
  return v->as_double() ? *v->as_double() : 0;
}

std::string text_of(const core::Value& message, const char* key) {
  const core::Value* v = message.find(key);
  return v && v->as_string() ? *v->as_string() : "";
}

void handle_line(Worker& w, const std::string& line, const PoolEvents& events) {
  if (line.empty() || line[0] != '{' || !w.cell)
    return;  // libraries may write to standard output, too
  const core::Value message = parse_json(line, fmt::format("worker {}", w.number));
  if (message.find("task")) {
    const double total = number(message, "total");
    if (events.progress) {
      events.progress(w.number, *w.cell, text_of(message, "task"),
                      total > 0 ? number(message, "done") / total : 0);
    }
    return;
  }
  const CellOutcome outcome{.status = text_of(message, "status"),
                            .message = text_of(message, "message"),
                            .top1 = number(message, "top1"),
                            .seconds = number(message, "seconds")};
  if (outcome.status == "fatal") {
    w.fatal = outcome.message;
    return;
  }
  const std::size_t cell = *w.cell;
  w.cell.reset();
  events.finished(cell, outcome);
}

/// Reads what is there; false at the end of the worker's output.
bool receive(Worker& w, const PoolEvents& events) {
  char bytes[65536];
  const ssize_t n = ::read(w.out, bytes, sizeof bytes);
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  if (n == 0) return false;
  w.buffer.append(bytes, static_cast<std::size_t>(n));
  for (std::size_t newline; (newline = w.buffer.find('\n')) != std::string::npos;) {
    const std::string line = w.buffer.substr(0, newline);
    w.buffer.erase(0, newline + 1);
    handle_line(w, line, events);
  }
  return true;
}

/// Passes progress to the parent, at most five times a second.
class PipeMonitor final : public core::Monitor {
 public:
  void report(std::string_view task, std::int64_t done, std::int64_t total, double) override {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(kPollMilliseconds)) return;
    last_ = now;
    const core::Value v(
        core::Value::Map{{"task", std::string(task)}, {"done", done}, {"total", total}});
    write_all(1, json_text(v) + "\n");
  }
  bool stop_requested() const override { return experiments::stop_requested(); }

 private:
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace

void run_pool(const Plan& plan, const std::vector<std::size_t>& positions,
              const PoolOptions& options, const PoolEvents& events) {
  std::list<std::size_t> todo(positions.begin(), positions.end());
  std::list<Worker> workers;
  std::string fatal;
  bool stopping = false;
  const auto stop = [&] {
    stopping = true;
    todo.clear();
    for (Worker& w : workers) ::kill(w.pid, SIGTERM);
  };
  try {
    for (int k = 0; k < options.workers && !todo.empty(); ++k) {
      workers.push_back(start(k, options));
      assign(workers.back(), take(todo, plan, workers.back()), plan);
    }
    while (!workers.empty()) {
      if (!stopping && events.stop_requested && events.stop_requested()) stop();
      std::vector<pollfd> fds;
      for (const Worker& w : workers) fds.push_back({.fd = w.out, .events = POLLIN, .revents = 0});
      ::poll(fds.data(), fds.size(), kPollMilliseconds);
      std::size_t i = 0;
      for (auto w = workers.begin(); w != workers.end(); ++i) {
        if (fds[i].revents == 0 || receive(*w, events)) {
          if (!w->cell && !todo.empty())
            assign(*w, take(todo, plan, *w), plan);
          else if (!w->cell && w->in >= 0)
            ::close(w->in), w->in = -1;  // nothing left: the worker may end
          ++w;
          continue;
        }
        Worker dead = *w;
        w = workers.erase(w);
        const std::string how = end_of(dead);
        if (!dead.fatal.empty() && fatal.empty()) {
          fatal = dead.fatal;
          stop();
        } else if (dead.cell && !stopping) {
          events.finished(*dead.cell, {.status = "crashed", .message = how});
        }
        if (!todo.empty()) {
          Worker fresh = start(dead.number, options);
          assign(fresh, take(todo, plan, dead), plan);
          workers.insert(w, std::move(fresh));
          ++i;  // the new worker has no entry in fds
          break;
        }
      }
    }
  } catch (...) {
    for (Worker& w : workers) ::kill(w.pid, SIGKILL);
    for (Worker& w : workers) ::waitpid(w.pid, nullptr, 0);
    throw;
  }
  if (!fatal.empty()) throw core::InputError(fatal);
}

int worker_loop(Workbench& workbench, const ResultsFolder& folder, const core::Value& process) {
  install_signal_handlers();
  PipeMonitor monitor;
  const auto answer = [](core::Value::Map fields) {
    return write_all(1, json_text(core::Value(std::move(fields))) + "\n");
  };
  for (std::string line; std::getline(std::cin, line);) {
    std::string id;
    try {
      const core::Value request = parse_json(line, "request");
      id = text_of(request, "id");
      CellOutcome outcome;
      try {
        const Cell cell = workbench.resolve(*request.find("config"));
        core::require_input("worker", cell.id == id,
                            "the cell must resolve to the same id; a file changed meanwhile");
        outcome = compute_cell(workbench, cell, folder, process, monitor);
      } catch (const core::ConfigError& e) {
        outcome = {.status = "failed", .message = e.what()};
        folder.record_failure(id, {outcome.status, outcome.message});
      }
      answer({{"id", id},
              {"status", outcome.status},
              {"message", outcome.message},
              {"top1", outcome.top1},
              {"seconds", outcome.seconds}});
    } catch (const core::Interrupted&) {
      return kExitInterrupted;
    } catch (const std::exception& e) {
      answer({{"id", id}, {"status", "fatal"}, {"message", e.what()}});
      return 2;
    }
  }
  return 0;
}

}  // namespace experiments
