// Schedule: the factor on the base learning rate at each step.
#pragma once

#include <memory>
#include <string_view>

#include "core/params.h"
#include "core/registry.h"

namespace nn {

class Schedule {
 public:
  static constexpr std::string_view kind = "schedule";
  virtual ~Schedule() = default;
  /// Factor at step `step` of `total` (0-based; step < total).
  virtual double factor(std::int64_t step, std::int64_t total) const = 0;
};

}  // namespace nn
