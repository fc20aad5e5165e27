// How the benchmarks take time.
//
// Samples holds the times of one piece of work; warm-up is left out.  in_turns times several pieces
// A B C A B C ..., so that a slow moment of the machine hits all of them; ratios are medians of
// paired ratios.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "core/system/monitor.h"

namespace bench {

using Clock = std::chrono::steady_clock;
double milliseconds(Clock::time_point from, Clock::time_point to = Clock::now());

class Samples {
 public:
  explicit Samples(double seconds) : seconds_(seconds) {}
  /// The first samples warm up: three, or as many as fill a second.
  void add(double ms);
  /// The time is over and there are five samples, or three after twice the time.
  bool enough() const;

  double median() const;
  double slowdown() const;  // mean over median: above 1 where the machine stalled
  /// {"median_ms", "min_ms", "max_ms", "steps", "slowdown"}
  nlohmann::json json() const;

 private:
  double seconds_, warm_ = 0, measured_ = 0;  // milliseconds
  int warm_steps_ = 0;
  std::vector<double> times_;
};

/// Samples of step() until there are enough.
Samples measure(double seconds, const std::function<void()>& step);

/// Times the steps of a loop from inside: every question whether to stop is the start of one.
class StepClock final : public core::Monitor {
 public:
  explicit StepClock(double seconds) : samples_(seconds) {}
  bool stop_requested() const override;
  const Samples& samples() const { return samples_; }

 private:
  mutable Samples samples_;
  mutable Clock::time_point last_;
  mutable bool started_ = false;
};

/// Times of pieces of work taken in turns, one list a piece, in milliseconds a call.  Short work is
/// repeated within a turn.
std::vector<std::vector<double>> in_turns(double seconds,
                                          std::span<const std::function<void()>> work);
double median(std::vector<double> values);
/// Median of a[i] / b[i].
double paired_ratio(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace bench
