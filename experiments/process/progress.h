// Progress: a Monitor that shows how far the work is.
//
// On a terminal one line is rewritten in place; elsewhere (log files, Slurm) a plain line is
// written every `interval` seconds.  Messages stay on the screen.  Only one thread may use it.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "core/system/monitor.h"

namespace experiments {

/// "0:07", "12:34", "1:02:03"; "?" for a negative or non-finite number of seconds.
std::string duration_text(double seconds);

struct ProgressOptions {
  std::FILE* out = stderr;
  bool terminal = false;             // see is_terminal()
  double interval = 10;              // seconds between plain lines
  std::function<double()> now = {};  // seconds; empty = the steady clock
};

/// True when `out` is a terminal that understands carriage returns.
bool is_terminal(std::FILE* out);

class Progress : public core::Monitor {
 public:
  explicit Progress(ProgressOptions options);
  Progress() : Progress(ProgressOptions{.terminal = is_terminal(stderr)}) {}
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows task, percentage, loss and the time that is left, when it is time to.
  void report(std::string_view task, std::int64_t done, std::int64_t total, double loss) override;
  /// True once a signal asked to stop.
  bool stop_requested() const override;

  /// True when a status line would be shown now; ask before building an expensive text.
  bool due() const;
  /// Shows `text` as the status line if due, else drops it.
  void status(std::string_view text);
  /// A line that stays.
  void message(std::string_view text);
  /// Text put before every status line, such as "cell 3/18 ".
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

 private:
  void erase_status();

  ProgressOptions options_;
  std::string prefix_, task_;
  double last_shown_, task_start_ = 0;
  std::int64_t task_first_ = 0;
  std::size_t shown_width_ = 0;
};

}  // namespace experiments
