#include "core/scratch.h"

namespace core {
namespace {

constexpr std::size_t kSmall = std::size_t{1} << 20;  // no file for less than 1 MiB

}  // namespace

Tensor Scratch::make(Shape shape, DType dtype) const {
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  const bool fits = options_.limit == 0 || bytes < kSmall ||
                    pool_stats().live_bytes + bytes + options_.reserve <= options_.limit;
  return fits ? Tensor::empty(shape, dtype) : Tensor::in_file(shape, dtype, options_.folder);
}

}  // namespace core
