#include "core/kernels/dropout.h"

#include <algorithm>

#include "core/threads.h"

namespace core {
namespace {

constexpr std::int64_t kRun = 512;  // random words at a time

}  // namespace

Tensor dropout(const Tensor& x, double p, const Rng& rng) {
  require("dropout", p >= 0 && p < 1, "the probability must lie in [0, 1); got {}", p);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  const std::uint64_t threshold = static_cast<std::uint64_t>(p * 4294967296.0);  // of 2^32
  dispatch_float("dropout", x.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>().data();
    T* out = y.writable<T>().data();
    const T scale = static_cast<T>(1.0 / (1.0 - p));
    parallel_for(x.numel(), 1 << 12, [&](std::int64_t begin, std::int64_t end) {
      std::uint32_t drawn[kRun];
      for (std::int64_t at = begin; at < end; at += kRun) {
        const std::int64_t count = std::min(kRun, end - at);
        rng.bits(static_cast<std::uint64_t>(at), {drawn, static_cast<std::size_t>(count)});
        for (std::int64_t k = 0; k < count; ++k) {
          out[at + k] = drawn[k] >= threshold ? in[at + k] * scale : T(0);
        }
      }
    });
  });
  return y;
}

}  // namespace core
