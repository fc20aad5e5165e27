#include "experiments/process/progress.h"

#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <memory>

#include "experiments/process/signals.h"

using experiments::Progress;

namespace {

/// A Progress on a temporary file with a clock that the test moves.
struct Screen {
  explicit Screen(bool terminal)
      : progress({.out = file.get(), .terminal = terminal, .interval = 10, .now = [this] {
                    return time;
                  }}) {}
  std::string text() {
    std::fflush(file.get());
    std::string out(static_cast<std::size_t>(std::ftell(file.get())), '\0');
    std::rewind(file.get());
    REQUIRE(std::fread(out.data(), 1, out.size(), file.get()) == out.size());
    std::fseek(file.get(), 0, SEEK_END);
    return out;
  }
  double time = 100;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), &std::fclose};
  Progress progress;
};

}  // namespace

TEST_CASE("durations read like a clock") {
  CHECK(experiments::duration_text(7.4) == "0:07");
  CHECK(experiments::duration_text(754) == "12:34");
  CHECK(experiments::duration_text(3723) == "1:02:03");
  CHECK(experiments::duration_text(-1) == "?");
  CHECK(experiments::duration_text(NAN) == "?");
}

TEST_CASE("without a terminal a plain line comes every interval") {
  Screen s(false);
  for (int i = 0; i <= 25; ++i) {
    s.progress.report("block 1", i, 100, 0.5);
    s.time += 1;
  }
  CHECK(s.text() == "block 1 10/100  loss 0.5  ETA 1:30\nblock 1 20/100  loss 0.5  ETA 1:20\n");
}

TEST_CASE("on a terminal one line is rewritten and shorter text leaves no remains") {
  Screen s(true);
  s.progress.status("a long line");
  s.progress.status("dropped: too soon");
  s.time += 0.2;
  s.progress.status("short");
  CHECK(s.text() == "\ra long line\rshort      ");
}

TEST_CASE("a message stays and clears the status first") {
  Screen s(true);
  s.progress.set_prefix("cell 1/2 ");
  s.progress.status("x");
  s.progress.message("done");
  CHECK(s.text() == "\rcell 1/2 x\r          \rdone\n");
}

TEST_CASE("a new task starts its own clock") {
  Screen s(false);
  s.progress.report("a", 0, 10, NAN);
  s.time += 1000;
  s.progress.report("b", 0, 10, NAN);
  s.time += 10;
  s.progress.report("b", 5, 10, NAN);
  CHECK(s.text() == "b 0/10\nb 5/10  ETA 0:10\n");
}

TEST_CASE("a signal asks the work to stop") {
  Screen s(false);
  CHECK_FALSE(s.progress.stop_requested());
  experiments::install_signal_handlers();
  std::raise(SIGTERM);
  CHECK(s.progress.stop_requested());
  experiments::clear_stop();
}
