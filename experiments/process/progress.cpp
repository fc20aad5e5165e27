#include "experiments/process/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "experiments/process/signals.h"

namespace experiments {
namespace {

constexpr double kTerminalInterval = 0.1;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  const auto s = static_cast<std::int64_t>(std::llround(seconds));
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

bool is_terminal(std::FILE* out) { return isatty(fileno(out)) == 1; }

Progress::Progress(ProgressOptions options) : options_(std::move(options)) {
  if (!options_.now) options_.now = &steady_seconds;
  // the first plain line comes after one interval, the first terminal line at once
  last_shown_ = options_.terminal ? -std::numeric_limits<double>::infinity() : options_.now();
}

Progress::~Progress() { erase_status(); }

bool Progress::stop_requested() const { return experiments::stop_requested(); }

bool Progress::due() const {
  return options_.now() - last_shown_ >=
         (options_.terminal ? kTerminalInterval : options_.interval);
}

void Progress::report(std::string_view task, std::int64_t done, std::int64_t total, double loss) {
  if (task != task_ || done < task_first_) {
    task_ = task;
    task_start_ = options_.now();
    task_first_ = done;
  }
  if (!due()) return;
  std::string text = fmt::format("{} {}/{}", task, done, total);
  if (std::isfinite(loss)) text += fmt::format("  loss {:.4g}", loss);
  if (done > task_first_) {
    const double elapsed = options_.now() - task_start_;
    text += "  ETA " + duration_text(elapsed / static_cast<double>(done - task_first_) *
                                     static_cast<double>(total - done));
  }
  status(text);
}

void Progress::status(std::string_view text) {
  if (!due()) return;
  last_shown_ = options_.now();
  const std::string line = prefix_ + std::string(text);
  if (options_.terminal) {
    const std::size_t padding = shown_width_ > line.size() ? shown_width_ - line.size() : 0;
    std::fprintf(options_.out, "\r%s%*s", line.c_str(), static_cast<int>(padding), "");
    shown_width_ = line.size();
  } else {
    std::fprintf(options_.out, "%s\n", line.c_str());
  }
  std::fflush(options_.out);
}

void Progress::message(std::string_view text) {
  erase_status();
  std::fprintf(options_.out, "%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(options_.out);
}

void Progress::erase_status() {
  if (shown_width_ == 0) return;
  std::fprintf(options_.out, "\r%*s\r", static_cast<int>(shown_width_), "");
  std::fflush(options_.out);
  shown_width_ = 0;
}

}  // namespace experiments
