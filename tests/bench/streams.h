// The loops whose speed is the memory's: copy and triad, with plain stores and with stores that go
// past the cache (no line is read before it is overwritten).
#pragma once

#include "core/tensor.h"

namespace bench {

class Streams {
 public:
  /// Three arrays of n floats, touched.
  explicit Streams(std::int64_t n);
  void copy(bool past_cache);   // a = b: 8 bytes an element
  void triad(bool past_cache);  // a = b + 3 c: 12 bytes an element

 private:
  core::Tensor a_, b_, c_;
};

}  // namespace bench
