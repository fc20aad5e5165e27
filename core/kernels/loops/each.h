// Loops that the compiler unrolls because their counter is a constant.
#pragma once

#include <type_traits>
#include <utility>

namespace core {

/// Calls fn with the constants 0 .. N - 1: arrays indexed by them stay in registers.
template <int N, class Fn>
[[gnu::always_inline]] inline void each(Fn&& fn) {
  [&]<int... I>(std::integer_sequence<int, I...>) { (fn(std::integral_constant<int, I>{}), ...); }
  (std::make_integer_sequence<int, N>{});
}

}  // namespace core
