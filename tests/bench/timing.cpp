#include "tests/bench/timing.h"

#include <algorithm>
#include <cmath>

namespace bench {
namespace {

constexpr double kTurn = 0.3;  // milliseconds that a turn of short work is repeated to

}  // namespace

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

double paired_ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return median(std::move(ratios));
}

void Samples::add(double ms) {
  if (warm_steps_ < 3 && warm_ < 1e3) {
    ++warm_steps_;
    warm_ += ms;
    return;
  }
  measured_ += ms;
  times_.push_back(ms);
}

bool Samples::enough() const {
  const double share = measured_ / (1e3 * seconds_);
  return (share >= 1 && times_.size() >= 5) || (share >= 2 && times_.size() >= 3);
}

double Samples::median() const { return bench::median(times_); }

double Samples::slowdown() const {
  return times_.empty() ? 1 : measured_ / static_cast<double>(times_.size()) / median();
}

nlohmann::json Samples::json() const {
  const auto [least, most] = std::minmax_element(times_.begin(), times_.end());
  return {{"median_ms", median()},
          {"min_ms", *least},
          {"max_ms", *most},
          {"steps", times_.size()},
          {"slowdown", slowdown()}};
}

Samples measure(double seconds, const std::function<void()>& step) {
  Samples samples(seconds);
  while (!samples.enough()) {
    const Clock::time_point begin = Clock::now();
    step();
    samples.add(milliseconds(begin));
  }
  return samples;
}

bool StepClock::stop_requested() const {
  const Clock::time_point now = Clock::now();
  if (started_) samples_.add(milliseconds(last_, now));
  started_ = true;
  last_ = now;
  return samples_.enough();
}

std::vector<std::vector<double>> in_turns(double seconds,
                                          std::span<const std::function<void()>> work) {
  std::vector<int> repeats;
  for (const auto& call : work) {
    call();
    const Clock::time_point begin = Clock::now();
    call();
    repeats.push_back(
        std::clamp(static_cast<int>(std::ceil(kTurn / milliseconds(begin))), 1, 1000));
  }
  std::vector<std::vector<double>> times(work.size());
  const Clock::time_point start = Clock::now();
  while (times.front().size() < 9 || milliseconds(start) < 1e3 * seconds) {
    for (std::size_t i = 0; i < work.size(); ++i) {
      const Clock::time_point begin = Clock::now();
      for (int r = 0; r < repeats[i]; ++r) work[i]();
      times[i].push_back(milliseconds(begin) / repeats[i]);
    }
  }
  return times;
}

}  // namespace bench
