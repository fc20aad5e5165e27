#include "experiments/run/pool.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <iostream>
#include <list>
#include <optional>
#include <sstream>

#include "core/error.h"
#include "core/system/input_file.h"
#include "experiments/process/child.h"
#include "experiments/process/signals.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/worker_message.h"
#include "experiments/text/json.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

constexpr int kPollMilliseconds = 200;

struct Worker {
  int number = 0;
  std::string log;
  Child child;
  std::string buffer = {};               // output that is not a whole line yet
  std::optional<std::size_t> cell = {};  // position in plan.cells
  std::string model_key = {};            // of the cell before
  std::string fatal = {};
};

Worker start(int number, const PoolOptions& options) {
  const std::string log = fmt::format("{}/worker-{}.log", options.log_folder, number);
  return {.number = number, .log = log, .child = Child(options.program, options.arguments, log)};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = core::retry([&] { return ::write(fd, text.data(), text.size()); });
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// The last line of a log, which may be large, or gone.
std::string last_line(const std::string& path) {
  try {
    const core::InputFile file(path);
    std::vector<std::byte> tail(std::min<std::uint64_t>(file.size(), 4096));
    tail.resize(file.read_at(file.size() - tail.size(), tail));
    std::istringstream in(std::string(reinterpret_cast<const char*>(tail.data()), tail.size()));
    std::string line, last;
    while (std::getline(in, line)) {
      if (!line.empty()) last = line;
    }
    return last;
  } catch (const core::InputError&) {
    return "";
  }
}

/// Waits for the process and says how it ended.
std::string end_of(Worker& w) {
  std::string text = w.child.wait().str();
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
  w.child.send(json_text(request) + "\n");  // a dead worker shows as end of its output
}

std::string text_of(const core::Value& message, const char* key) {
  const core::Value* v = message.find(key);
  return v && v->as_string() ? *v->as_string() : "";
}

void handle_line(Worker& w, const std::string& line, const PoolEvents& events) {
  if (!w.cell) return;
  const std::optional<WorkerMessage> message = read_worker_message(line);
  if (!message) return;
  if (message->kind == WorkerMessage::Kind::progress) {
    if (events.progress) events.progress(w.number, *w.cell, message->text, message->share);
  } else if (message->kind == WorkerMessage::Kind::fatal) {
    w.fatal = message->text;
  } else {
    const std::size_t cell = *w.cell;
    w.cell.reset();
    events.finished(cell, message->outcome);
  }
}

/// Reads what is there; false at the end of the worker's output.
bool receive(Worker& w, const PoolEvents& events) {
  char bytes[65536];
  const ssize_t n = ::read(w.child.output(), bytes, sizeof bytes);
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
    write_all(1, worker_line({{"task", std::string(task)}, {"done", done}, {"total", total}}));
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
    for (const Worker& w : workers) w.child.signal(SIGTERM);
  };
  for (int k = 0; k < options.workers && !todo.empty(); ++k) {
    workers.push_back(start(k, options));
    assign(workers.back(), take(todo, plan, workers.back()), plan);
  }
  while (!workers.empty()) {
    if (!stopping && events.stop_requested && events.stop_requested()) stop();
    std::vector<pollfd> fds;
    for (const Worker& w : workers)
      fds.push_back({.fd = w.child.output(), .events = POLLIN, .revents = 0});
    ::poll(fds.data(), fds.size(), kPollMilliseconds);
    std::size_t i = 0;
    for (auto w = workers.begin(); w != workers.end(); ++i) {
      if (fds[i].revents == 0 || receive(*w, events)) {
        if (!w->cell && !todo.empty())
          assign(*w, take(todo, plan, *w), plan);
        else if (!w->cell)
          w->child.close_input();  // nothing left: the worker may end
        ++w;
        continue;
      }
      Worker dead = std::move(*w);
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
  if (!fatal.empty()) throw core::InputError(fatal);
}

int worker_loop(Workbench& workbench, const ResultsFolder& folder, const core::Value& process) {
  install_signal_handlers();
  PipeMonitor monitor;
  const auto answer = [](core::Value::Map fields) {
    return write_all(1, worker_line(std::move(fields)));
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
