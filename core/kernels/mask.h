// Choice: for every element of a tensor whether it is taken, at random, as a pure function of
// (generator, position).
//
// Nothing is stored: whoever needs the same choice again (the backward of an op) makes it again.  A
// fair choice costs one random bit an element, any other 32.
// source: Wei et al. 2022 (QDrop), which elements are quantised.
#pragma once

#include <algorithm>
#include <array>

#include "core/rng.h"
#include "core/system/threads.h"

namespace core {

class Choice {
 public:
  /// Takes element i with probability p: p = 1/2: where bit i mod 32 of the generator's word i / 32
  /// is set; else where its word i is below p 2^32.  throws: ShapeError unless 0 <= p <= 1.
  Choice(double p, const Rng& rng);

  /// taken[k] = all bits set where element first + k is taken, else 0.  Runs that start at a
  /// multiple of 32 are fastest.
  void read(std::int64_t first, std::span<std::uint32_t> taken) const;

 private:
  double p_;
  Rng rng_;
};

/// Elements of one run of for_runs: as many fair choices as the generator makes in one go (16
/// blocks of 128 bits), of which a shorter run would throw most away.
inline constexpr std::int64_t kChoiceRun = 2048;

/// Which elements of a run a kernel treats: those that the choice takes, without one all.
class Taken {
 public:
  explicit Taken(const Choice* choice) : choice_(choice) { taken_.fill(~0u); }
  /// A word for each of `count` <= kChoiceRun elements from `first`; 0: left out.
  /// Valid until the next call.
  const std::uint32_t* of(std::int64_t first, std::int64_t count) {
    if (choice_) choice_->read(first, {taken_.data(), static_cast<std::size_t>(count)});
    return taken_.data();
  }

 private:
  const Choice* choice_;
  std::array<std::uint32_t, kChoiceRun> taken_;
};

/// Calls use(first, count, taken) for runs that cover [0, n), in parallel; without a choice all
/// elements are taken.
template <class Use>
void for_runs(const Choice* choice, std::int64_t n, Use use) {
  constexpr std::int64_t kRunsEach = 2;  // a thread's least
  parallel_for((n + kChoiceRun - 1) / kChoiceRun, kRunsEach,
               [&](std::int64_t begin, std::int64_t end) {
                 Taken taken(choice);
                 for (std::int64_t run = begin; run < end; ++run) {
                   const std::int64_t first = run * kChoiceRun;
                   const std::int64_t count = std::min(kChoiceRun, n - first);
                   use(first, count, taken.of(first, count));
                 }
               });
}

}  // namespace core
