#include "core/shape.h"

#include <algorithm>

#include "core/error.h"

namespace core {

Shape::Shape(std::initializer_list<std::int64_t> dims)
    : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::int64_t> dims) {
  require("shape", dims.size() <= kMaxRank, "rank must be at most {}; got {}", kMaxRank,
          dims.size());
  rank_ = static_cast<int>(dims.size());
  std::copy(dims.begin(), dims.end(), dims_.begin());
  for (const std::int64_t d : dims) {
    require("shape", d >= 0, "extents must be non-negative; got {}", d);
    const bool overflow = __builtin_mul_overflow(numel_, d, &numel_);
    require("shape", !overflow, "number of elements must fit in 63 bits; got {}", *this);
  }
}

void Shape::refuse(int axis) const {
  throw ShapeError(fmt::format("shape: axis must be in range; got axis {}, shape {}", axis, str()));
}

Shape Shape::with(int axis, std::int64_t extent) const {
  std::array<std::int64_t, kMaxRank> dims = dims_;
  dims[index(axis)] = extent;
  return Shape(std::span<const std::int64_t>(dims.data(), static_cast<std::size_t>(rank_)));
}

std::string Shape::str() const { return fmt::format("({})", fmt::join(dims(), ", ")); }

Shape broadcast(std::string_view op, const Shape& a, const Shape& b) {
  const Shape& big = a.rank() >= b.rank() ? a : b;
  const Shape& small = a.rank() >= b.rank() ? b : a;
  Shape out = big;
  for (int i = 1; i <= small.rank(); ++i) {
    const std::int64_t x = big[-i];
    const std::int64_t y = small[-i];
    require(op, x == y || x == 1 || y == 1, "shapes must broadcast; got a {}, b {}", a, b);
    if (x == 1 && y != 1) out = out.with(-i, y);
  }
  return out;
}

}  // namespace core

fmt::format_context::iterator fmt::formatter<core::Shape>::format(
    const core::Shape& s, fmt::format_context& context) const {
  return fmt::format_to(context.out(), "{}", s.str());
}
