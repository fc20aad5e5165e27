// The sections of roundtable-bench.  A section is one source with one line at its end:
//
//   static const bench::Section kSection{"kernels", "what it measures", define};
//
// where `define` adds options to a subcommand of its own and sets its callback.  Results go to
// standard output; measuring repeats a piece of work for a given time and reports the median and
// the best.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Section {
  using Define = void (*)(CLI::App&);
  Section(std::string name, std::string help, Define define) {
    all().push_back({std::move(name), std::move(help), define});
  }
  struct Entry {
    std::string name, help;
    Define define;
  };
  static std::vector<Entry>& all() {
    static std::vector<Entry> entries;
    return entries;
  }
};

struct Timing {
  double median_ms = 0, best_ms = 0;
  int runs = 0;
};

/// Runs `work` twice to warm up, then until `seconds` have passed and at least `least` times.
template <class Work>
Timing measure(double seconds, int least, Work&& work) {
  using Clock = std::chrono::steady_clock;
  const auto elapsed = [](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  work();
  work();
  std::vector<double> times;
  const auto start = Clock::now();
  while (static_cast<int>(times.size()) < least || elapsed(start) < seconds) {
    const auto begin = Clock::now();
    work();
    times.push_back(1e3 * elapsed(begin));
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front(), static_cast<int>(times.size())};
}

}  // namespace bench
