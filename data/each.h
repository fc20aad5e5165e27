// A parallel loop whose body may throw, for reading many files.
#pragma once

#include <exception>
#include <limits>
#include <mutex>

#include "core/system/threads.h"

namespace data {

/// Runs fn(i) for i in [0, n), in parallel.  Of what the calls throw, that of the lowest i is
/// thrown again at the end, so that the message does not depend on the number of threads.
template <class Fn>
void for_each_index(std::int64_t n, std::int64_t grain, Fn&& fn) {
  std::mutex mutex;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::exception_ptr problem;
  core::parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      try {
        fn(i);
      } catch (...) {  // the rest of this piece comes later in order
        const std::lock_guard lock(mutex);
        if (i < first) problem = std::current_exception(), first = i;
        return;
      }
    }
  });
  if (problem) std::rethrow_exception(problem);
}

}  // namespace data
