// Elements of a tensor and the arithmetic on them: a kernel reads and writes E and computes in
// Arithmetic<E>, which is float for bf16 and E itself otherwise.
//
// Reading is exact, writing rounds to nearest even (core/dtype).  Both are branch-free, so that
// loops over them become vector code.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

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

}  // namespace core
