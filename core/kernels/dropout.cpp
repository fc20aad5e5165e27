#include "core/kernels/dropout.h"

#include "core/kernels/choice.h"

namespace core {
namespace {

// Out of line and over restrict pointers, so that the compiler selects without branches.
template <class T>
[[gnu::noinline]] void drop(const std::uint32_t* __restrict taken, const T* __restrict in,
                            T* __restrict out, T scale, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) out[k] = taken[k] != 0 ? T(0) : in[k] * scale;
}

}  // namespace

Tensor dropout(const Tensor& x, double p, const Rng& rng) {
  require("dropout", p >= 0 && p < 1, "the probability must lie in [0, 1); got {}", p);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_float("dropout", x.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>().data();
    T* out = y.writable<T>().data();
    const T scale = static_cast<T>(1.0 / (1.0 - p));
    for_runs(Choice(p, rng), x.numel(),
             [=](std::int64_t at, std::int64_t count, const auto* taken) {
               drop(taken, in + at, out + at, scale, count);
             });
  });
  return y;
}

}  // namespace core
