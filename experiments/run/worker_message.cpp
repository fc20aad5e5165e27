#include "experiments/run/worker_message.h"

#include <algorithm>

#include "core/error.h"
#include "experiments/text/json.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

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

}  // namespace

std::optional<WorkerMessage> read_worker_message(std::string_view line) {
  if (!line.starts_with('{')) return std::nullopt;
  core::Value message;
  try {
    message = parse_json(line, "worker");
  } catch (const core::InputError&) {
    return std::nullopt;
  }
  if (message.find("task")) {
    const double done = number(message, "done"), total = number(message, "total");
    const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
    return WorkerMessage{.text = text_of(message, "task"), .share = share, .outcome = {}};
  }
  const std::string status = text_of(message, "status");
  if (status.empty()) return std::nullopt;
  if (status == "fatal")
    return WorkerMessage{
        .kind = WorkerMessage::Kind::fatal, .text = text_of(message, "message"), .outcome = {}};
  return WorkerMessage{.kind = WorkerMessage::Kind::outcome,
                       .text = {},
                       .outcome = {.status = status,
                                   .message = text_of(message, "message"),
                                   .top1 = number(message, "top1"),
                                   .seconds = number(message, "seconds")}};
}

std::string worker_line(core::Value::Map fields) {
  return "\n" + json_text(core::Value(std::move(fields))) + "\n";
}

}  // namespace experiments
