// DType: the element types of a Tensor, and bf16, the one type that C++20 lacks.
//
// f32 is the working type, f64 the truth path, bf16 an operand and storage type (its arithmetic is
// f32); the integer types hold codes, labels and indices.
#pragma once

#include <fmt/format.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace core {

/// The upper half of an IEEE-754 binary32.  Conversion from float rounds to nearest, ties to even;
/// NaN stays NaN (quiet).
struct bf16 {
  std::uint16_t bits = 0;

  bf16() = default;
  explicit bf16(float x) {
    const std::uint32_t u = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t rounded = (u + 0x7FFFu + ((u >> 16) & 1u)) >> 16;
    const bool nan = (u & 0x7FFFFFFFu) > 0x7F800000u;
    bits = static_cast<std::uint16_t>(nan ? (u >> 16) | 0x40u : rounded);
  }
  explicit operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
};

enum class DType : std::uint8_t { f32, f64, bf16, s8, u8, s32, s64 };

/// How a network is computed.  f32: everything in f32, convolutions summed as they are defined.
/// f32_winograd: the same, but convolutions by Winograd's algorithm where that is faster, with
/// rounding errors 2 to 19 times larger (core/kernels/winograd).  bf16: values between layers
/// stored as bf16, products of bf16 operands with f32 sums, other arithmetic in f32; Winograd's
/// algorithm as before.  Parameters, their gradients, statistics and losses are f32 in all three.
/// Comes from the recipe; there is no global switch.
enum class Precision : std::uint8_t { f32, bf16, f32_winograd };

/// The type that goes with elements of this one: of arithmetic on them, of parameters (scales,
/// biases), of sums.  f32 for bf16, else the type itself.
constexpr DType arithmetic_type(DType d) { return d == DType::bf16 ? DType::f32 : d; }

std::size_t size_of(DType);
std::string_view name_of(DType);
std::string_view name_of(Precision);
/// In the order of the enumeration.
std::vector<std::string> precision_names();
/// throws: InputError for an unknown name
DType dtype_named(std::string_view name);
Precision precision_named(std::string_view name);

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::f32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::f64;
}
template <>
constexpr DType dtype_of<bf16>() {
  return DType::bf16;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::s8;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::u8;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::s32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::s64;
}

}  // namespace core

template <>
struct fmt::formatter<core::DType> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }  // only {}
  fmt::format_context::iterator format(core::DType d, fmt::format_context& context) const;
};
