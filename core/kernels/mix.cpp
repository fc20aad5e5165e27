#include "core/kernels/mix.h"

#include <algorithm>

#include "core/threads.h"

namespace core {
namespace {

constexpr std::int64_t kGrain = 1 << 12;
constexpr std::int64_t kRun = 512;  // random words at a time

/// out_i = first(i) where `a` is taken, else second(i).
template <class T, class First, class Second>
void choose(std::int64_t n, double p, const Rng& rng, T* out, First first, Second second) {
  const std::uint64_t threshold = static_cast<std::uint64_t>(p * 4294967296.0);  // of 2^32
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::uint32_t drawn[kRun];
    for (std::int64_t at = begin; at < end; at += kRun) {
      const std::int64_t count = std::min(kRun, end - at);
      rng.bits(static_cast<std::uint64_t>(at), {drawn, static_cast<std::size_t>(count)});
      for (std::int64_t k = 0; k < count; ++k) {
        out[at + k] = drawn[k] < threshold ? first(at + k) : second(at + k);
      }
    }
  });
}

void require_share(double p) {
  require("mix", p >= 0 && p <= 1, "the probability must lie in [0, 1]; got {}", p);
}

}  // namespace

Tensor mix(const Tensor& a, const Tensor& b, double p, const Rng& rng) {
  require_share(p);
  require("mix", a.shape() == b.shape() && a.dtype() == b.dtype(),
          "both tensors must have one shape and dtype; got {} {}, {} {}", a.dtype(), a.shape(),
          b.dtype(), b.shape());
  if (p == 1) return a;
  if (p == 0) return b;
  Tensor out = Tensor::empty(a.shape(), a.dtype());
  dispatch_float("mix", a.dtype(), [&](auto type) {
    using T = decltype(type);
    const T *x = a.data<T>().data(), *y = b.data<T>().data();
    choose(
        a.numel(), p, rng, out.writable<T>().data(), [=](std::int64_t i) { return x[i]; },
        [=](std::int64_t i) { return y[i]; });
  });
  return out;
}

Tensor mix_backward(const Tensor& dy, bool first, double p, const Rng& rng) {
  require_share(p);
  if (p == (first ? 1 : 0)) return dy;
  Tensor out = Tensor::empty(dy.shape(), dy.dtype());
  dispatch_float("mix", dy.dtype(), [&](auto type) {
    using T = decltype(type);
    const T* d = dy.data<T>().data();
    choose(
        dy.numel(), p, rng, out.writable<T>().data(),
        [=](std::int64_t i) { return first ? d[i] : T(0); },
        [=](std::int64_t i) { return first ? T(0) : d[i]; });
  });
  return out;
}

}  // namespace core
