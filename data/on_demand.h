// OnDemand: a value that is made by its first reader and shared by all later ones, safe between
// threads.
#pragma once

#include <mutex>
#include <optional>

namespace data {

template <class T>
class OnDemand {
 public:
  /// The value; `make` runs if there is none yet.  When it throws, the next call tries again.
  template <class Make>
  const T& get(Make&& make) const {
    const std::lock_guard lock(mutex_);
    if (!value_) value_.emplace(make());
    return *value_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::optional<T> value_;
};

}  // namespace data
