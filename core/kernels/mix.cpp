#include "core/kernels/mix.h"

#include "core/element.h"
#include "core/kernels/mask.h"
#include "core/kernels/move.h"

namespace core {
namespace {

// Bit by bit, without branches and masked loads; out of line and over restrict pointers, so that
// the compiler makes vectors of it.
template <class Bits>
[[gnu::noinline]] void select(const std::uint32_t* __restrict taken, const Bits* __restrict a,
                              const Bits* __restrict b, Bits* __restrict out, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) {
    const auto all = static_cast<Bits>(static_cast<std::int32_t>(taken[k]));  // ones or zeros
    out[k] = static_cast<Bits>((a[k] & all) | (b[k] & ~all));
  }
}

/// Throws what does not fit.
Choice choice_of(const Tensor& a, const Tensor& b, double p, const Rng& rng) {
  require("mix", a.shape() == b.shape() && a.dtype() == b.dtype(),
          "both tensors must have one shape and dtype; got {} {}, {} {}", a.dtype(), a.shape(),
          b.dtype(), b.shape());
  return Choice(p, rng);
}

/// Rows of `width` elements: row r of the result from row row_of(r) of both.
template <class RowOf>
Tensor mixed(const Tensor& a, const Tensor& b, const Choice& choice, const Shape& shape,
             std::int64_t width, RowOf row_of) {
  Tensor out = Tensor::empty(shape, a.dtype());
  std::byte* raw = out.raw_writable();
  by_width(a.dtype(), [&]<class Bits>(Bits) {
    const auto *x = reinterpret_cast<const Bits*>(a.raw()),
               *y = reinterpret_cast<const Bits*>(b.raw());
    auto* to = reinterpret_cast<Bits*>(raw);
    for_runs(&choice, out.numel(), [&](std::int64_t at, std::int64_t count, const auto* taken) {
      for (const std::int64_t end = at + count; at < end;) {
        const std::int64_t row = at / width, stop = std::min(end, (row + 1) * width);
        const std::int64_t from = row_of(row) * width + at - row * width;
        select(taken, x + from, y + from, to + at, stop - at);
        taken += stop - at;
        at = stop;
      }
    });
  });
  return out;
}

}  // namespace

Tensor mix(const Tensor& a, const Tensor& b, double p, const Rng& rng) {
  const Choice choice = choice_of(a, b, p, rng);
  if (p == 1) return a;
  if (p == 0) return b;
  const auto only = [](std::int64_t row) { return row; };
  return mixed(a, b, choice, a.shape(), std::max<std::int64_t>(a.numel(), 1), only);
}

Tensor mix_rows(const Tensor& a, const Tensor& b, std::span<const std::int64_t> index, double p,
                const Rng& rng) {
  const Choice choice = choice_of(a, b, p, rng);
  if (p == 1) return gather_rows(a, index);
  if (p == 0) return gather_rows(b, index);
  const Shape shape = gathered_shape("mix_rows", a.shape(), index);
  const std::int64_t rows = std::max<std::int64_t>(a.shape()[0], 1);
  Tensor out = mixed(a, b, choice, shape, std::max<std::int64_t>(a.numel() / rows, 1),
                     [=](std::int64_t row) { return index[static_cast<std::size_t>(row)]; });
  a.release();
  b.release();
  return out;
}

}  // namespace core
