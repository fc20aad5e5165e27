// Monitor: how long-running work reports progress and learns that it should stop.
//
// Nothing below experiments/ prints; it calls report() at a cheap rate and the caller decides what to show.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.h"

namespace core {

/// Thrown by work that stopped because Monitor::stop_requested() said so; state on disk stays valid.
class Interrupted : public Error {
 public:
  using Error::Error;
};

class Monitor {
 public:
  virtual ~Monitor() = default;
  /// `done` of `total` steps of `task`; `loss` is the latest objective or NaN.
  virtual void report(std::string_view /*task*/, std::int64_t /*done*/, std::int64_t /*total*/,
                      double /*loss*/) {}
  virtual bool stop_requested() const { return false; }
};

}  // namespace core
