// Lines of a worker process, and the progress that they make the parent show.
#include "experiments/run/worker_message.h"

#include "experiments/process/progress.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto message = read_worker_message(fuzz::text(data, size))) {
    fuzz::require(message->share >= 0 && message->share <= 1, "a share is between 0 and 1");
    duration_text(message->outcome.seconds);
  }
  fuzz::Source source(data, size);  // and what a worker says is understood, whatever it is about
  const std::string status = "s" + source.line(), text = source.line();
  const std::string line = worker_line({{"status", status}, {"message", text}, {"top1", 50.0}});
  fuzz::require(line.front() == '\n' && line.find('\n', 1) == line.size() - 1,
                "a message is one line of its own");
  const auto again = read_worker_message(std::string_view(line).substr(1, line.size() - 2));
  fuzz::require(again && again->outcome.top1 == 50, "every message is understood");
  return 0;
}
