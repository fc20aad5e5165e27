#include "core/kernels/dropout.h"

#include "core/element.h"
#include "core/kernels/mask.h"

namespace core {
namespace {

// Out of line and over restrict pointers, so that the compiler selects without branches.
template <class E>
[[gnu::noinline]] void drop(const std::uint32_t* __restrict taken, const E* __restrict in,
                            E* __restrict out, Arithmetic<E> scale, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k)
    out[k] = store<E>(taken[k] != 0 ? Arithmetic<E>(0) : load(in[k]) * scale);
}

}  // namespace

Tensor dropout(const Tensor& x, double p, const Rng& rng) {
  require("dropout", p >= 0 && p < 1, "the probability must lie in [0, 1); got {}", p);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_element("dropout", x.dtype(), [&]<class E>(E) {
    const E* in = x.data<E>().data();
    E* out = y.writable<E>().data();
    const auto scale = static_cast<Arithmetic<E>>(1.0 / (1.0 - p));
    const Choice choice(p, rng);
    for_runs(&choice, x.numel(), [=](std::int64_t at, std::int64_t count, const auto* taken) {
      drop(taken, in + at, out + at, scale, count);
    });
  });
  return y;
}

}  // namespace core
