// Schedule: the factor on the base learning rate at each step.
//
// A schedule is stateless apart from its options and may be shared; one that follows the loss works
// through a follower, one a run (see PacedOptimizer).
#pragma once

#include <memory>
#include <string_view>

#include "core/config/params.h"
#include "core/config/registry.h"

namespace nn {

class Schedule {
 public:
  static constexpr std::string_view kind = "schedule";
  virtual ~Schedule() = default;
  /// Factor at step `step` of `total` (0-based; step < total).
  virtual double factor(std::int64_t step, std::int64_t total) const = 0;
  /// A copy at its start, with a state of its own, that wants to `observe`; none when the factor
  /// depends on nothing but the step.
  virtual std::unique_ptr<Schedule> follower() const { return nullptr; }
  /// The loss of each step, after its factor was asked.
  virtual void observe(double /*loss*/) {}
};

}  // namespace nn
