#include "core/kernels/mix.h"

#include <bit>
#include <cstdint>
#include <type_traits>

#include "core/kernels/choice.h"
#include "core/kernels/element.h"

namespace core {
namespace {

// Out of line and over restrict pointers, and selected bit by bit: otherwise the compiler loads
// under masks or branches.
template <class T>
[[gnu::noinline]] void select(const std::uint32_t* __restrict taken, const T* __restrict a,
                              const T* __restrict b, T* __restrict out, std::int64_t n) {
  using Bits = std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
  for (std::int64_t k = 0; k < n; ++k) {
    const auto all = static_cast<Bits>(static_cast<std::int32_t>(taken[k]));  // ones or zeros
    out[k] = std::bit_cast<T>(
        static_cast<Bits>((std::bit_cast<Bits>(a[k]) & all) | (std::bit_cast<Bits>(b[k]) & ~all)));
  }
}

}  // namespace

Tensor mix(const Tensor& a, const Tensor& b, double p, const Rng& rng) {
  const Choice choice(p, rng);
  require("mix", a.shape() == b.shape() && a.dtype() == b.dtype(),
          "both tensors must have one shape and dtype; got {} {}, {} {}", a.dtype(), a.shape(),
          b.dtype(), b.shape());
  if (p == 1) return a;
  if (p == 0) return b;
  Tensor out = Tensor::empty(a.shape(), a.dtype());
  dispatch_element("mix", a.dtype(), [&](auto type) {
    using T = decltype(type);
    const T *x = a.data<T>().data(), *y = b.data<T>().data();
    T* to = out.writable<T>().data();
    for_runs(&choice, a.numel(), [=](std::int64_t at, std::int64_t count, const auto* taken) {
      select(taken, x + at, y + at, to + at, count);
    });
  });
  return out;
}

}  // namespace core
