#include "tests/bench/hand_over.h"

#include <atomic>

#include "core/system/threads.h"
#include "tests/bench/timing.h"

namespace bench {
namespace {

constexpr int kRounds = 500, kSamples = 21;

/// Thread 0 makes the number even, thread 1 odd; they take turns.
double one_sample() {
  alignas(64) std::atomic<int> number{0};
  const Clock::time_point begin = Clock::now();
  core::parallel_for(2, 1, [&](std::int64_t first, std::int64_t) {
    for (int at = static_cast<int>(first); at < 2 * kRounds; at += 2) {
      while (number.load(std::memory_order_acquire) != at) {
      }
      number.store(at + 1, std::memory_order_release);
    }
  });
  return milliseconds(begin) * 1e6 / (2 * kRounds);
}

}  // namespace

double hand_over() {
  if (core::threads() < 2) return 0;
  std::vector<double> samples;
  for (int i = 0; i < kSamples; ++i) samples.push_back(one_sample());
  return median(std::move(samples));
}

}  // namespace bench
