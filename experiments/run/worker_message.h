// WorkerMessage: what a worker process says to its parent (pool.h), one JSON value a line.
//
// Libraries write to the same standard output, with and without an end of line.  The worker
// therefore starts every message on a line of its own, and the parent passes over every line that
// is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/value.h"
#include "experiments/run/outcome.h"

namespace experiments {

struct WorkerMessage {
  enum class Kind { progress, outcome, fatal };
  Kind kind = Kind::progress;
  std::string text;     // the task of a progress, the reason of a fatal end
  double share = 0;     // of the task that is done, 0 to 1
  CellOutcome outcome;  // of the cell in work
};

/// Nothing for a line that is no message.
std::optional<WorkerMessage> read_worker_message(std::string_view line);

/// The line of a message, with its ends.
std::string worker_line(core::Value::Map fields);

}  // namespace experiments
