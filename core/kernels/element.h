// Elements of a tensor and the arithmetic on them: a kernel reads and writes E and computes in
// Arithmetic<E>, which is float for bf16 and E itself otherwise.
//
// Reading is exact, writing rounds to nearest even (core/dtype).  Both are branch-free, so that
// loops over them become vector code.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/dtype.h"

namespace core {

template <class E>
using Arithmetic = std::conditional_t<std::is_same_v<E, bf16>, float, E>;

template <class E>
inline Arithmetic<E> load(E x) {
  return static_cast<Arithmetic<E>>(x);
}

/// The element that holds `v`.
template <class E>
inline E store(Arithmetic<E> v) {
  return static_cast<E>(v);
}

/// The same for a value that an E holds exactly: nothing is rounded.
template <class E>
inline E store_exactly(Arithmetic<E> v) {
  if constexpr (std::is_same_v<E, bf16>) {
    bf16 element;
    element.bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(v) >> 16);
    return element;
  } else {
    return v;
  }
}

/// Calls fn(U{}) with the unsigned integer that is as wide as the dtype: moving needs no values.
template <class Fn>
void by_width(DType dtype, Fn&& fn) {
  switch (size_of(dtype)) {
    case 1:
      fn(std::uint8_t{});
      return;
    case 2:
      fn(std::uint16_t{});
      return;
    case 4:
      fn(std::uint32_t{});
      return;
    default:
      fn(std::uint64_t{});
      return;
  }
}

/// Rows for kernels that pass over a row more than once: of bf16 elements they work on a copy in
/// f32, of others on the rows themselves.
template <class E>
class RowReader {
 public:
  explicit RowReader(std::int64_t) {}
  const E* operator()(const E* row) { return row; }
};
template <>
class RowReader<bf16> {
 public:
  explicit RowReader(std::int64_t width) : copy_(static_cast<std::size_t>(width)) {}
  const float* operator()(const bf16* row) {
    fill(row, copy_.data(), static_cast<std::int64_t>(copy_.size()));
    return copy_.data();
  }

 private:
  [[gnu::noinline]] static void fill(const bf16* __restrict x, float* __restrict y,
                                     std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = load(x[i]);
  }
  std::vector<float> copy_;
};

/// Where such a kernel writes a row; `write` brings what stands in the room to its place.
template <class E>
class RowWriter {
 public:
  explicit RowWriter(std::int64_t) {}
  E* room(E* row) { return row; }
  void write(E*) {}
};
template <>
class RowWriter<bf16> {
 public:
  explicit RowWriter(std::int64_t width) : copy_(static_cast<std::size_t>(width)) {}
  float* room(bf16*) { return copy_.data(); }
  void write(bf16* row) { drain(copy_.data(), row, static_cast<std::int64_t>(copy_.size())); }

 private:
  [[gnu::noinline]] static void drain(const float* __restrict x, bf16* __restrict y,
                                      std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = store<bf16>(x[i]);
  }
  std::vector<float> copy_;
};

}  // namespace core
