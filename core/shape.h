// Shape: the extents of a tensor, outermost first, at most kMaxRank of them, held by value.
//
// A scalar has rank 0 and one element.  Extents are non-negative; the product is overflow-checked.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace core {

class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  std::int64_t numel() const { return numel_; }
  /// Extent of `axis`; a negative axis counts from the end.  throws: ShapeError when out of range.
  std::int64_t operator[](int axis) const { return dims_[index(axis)]; }
  std::span<const std::int64_t> dims() const {
    return {dims_.data(), static_cast<std::size_t>(rank_)};
  }
  /// A copy with one extent replaced.
  Shape with(int axis, std::int64_t extent) const;
  /// `axis` as a non-negative index.  throws: ShapeError when out of range.
  int axis(int axis) const { return static_cast<int>(index(axis)); }

  bool operator==(const Shape&) const = default;
  std::string str() const;  // "(2, 3)"

 private:
  std::size_t index(int axis) const {
    const int i = axis < 0 ? axis + rank_ : axis;
    if (i < 0 || i >= rank_) [[unlikely]]
      refuse(axis);
    return static_cast<std::size_t>(i);
  }
  [[noreturn]] void refuse(int axis) const;

  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
  std::int64_t numel_ = 1;
};

/// Shape of an element-wise result: axes aligned from the last, an extent of 1 stretches (NumPy's rule).
/// throws: ShapeError naming `op` when the shapes do not match.
Shape broadcast(std::string_view op, const Shape& a, const Shape& b);

}  // namespace core

template <>
struct fmt::formatter<core::Shape> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }  // only {}
  fmt::format_context::iterator format(const core::Shape& s, fmt::format_context& context) const;
};
