#include "core/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/element.h"
#include "core/system/threads.h"

namespace core {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;
constexpr std::int64_t kConvertGrain = 1 << 15;  // elements that are worth a thread
constexpr std::int64_t kClearGrain = 1 << 17;    // bytes that are worth a thread

template <class T>
constexpr bool is_element = std::is_floating_point_v<T> || std::is_same_v<T, bf16>;

/// Calls fn(T{}) with the C++ type of any dtype.
template <class Fn>
decltype(auto) dispatch(DType dtype, Fn&& fn) {
  switch (dtype) {
    case DType::f32:
      return fn(float{});
    case DType::f64:
      return fn(double{});
    case DType::bf16:
      return fn(bf16{});
    case DType::s8:
      return fn(std::int8_t{});
    case DType::u8:
      return fn(std::uint8_t{});
    case DType::s32:
      return fn(std::int32_t{});
    case DType::s64:
      return fn(std::int64_t{});
  }
  throw Error("tensor: unknown dtype");
}

template <class T>
double widen(T x) {
  if constexpr (std::is_same_v<T, bf16>)
    return static_cast<float>(x);
  else
    return static_cast<double>(x);
}

/// Rounds half to even and clips to the range of an integer type; NaN becomes 0.
template <class To>
To narrow(double x) {
  if constexpr (std::is_same_v<To, bf16>)
    return bf16(static_cast<float>(x));
  else if constexpr (std::is_floating_point_v<To>)
    return static_cast<To>(x);
  else {
    if (std::isnan(x)) return 0;
    const double r = std::nearbyint(x);
    if (r <= static_cast<double>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    if (r >= static_cast<double>(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
    return static_cast<To>(r);
  }
}

template <class To, class From>
To convert(From x) {
  if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    if (std::in_range<To>(x)) return static_cast<To>(x);
    return x < 0 ? std::numeric_limits<To>::min() : std::numeric_limits<To>::max();
  } else if constexpr (is_element<To> && is_element<From>) {
    return store<To>(static_cast<Arithmetic<To>>(load(x)));
  } else {
    return narrow<To>(widen(x));
  }
}

// Out of line and over restrict pointers: inside a parallel region g++ leaves the loop scalar.
template <class To, class From>
[[gnu::noinline]] void convert_run(const From* __restrict x, To* __restrict y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i]);
}

}  // namespace

Tensor::Tensor() : Tensor(empty(Shape{0})) {}

Tensor::Tensor(std::shared_ptr<Storage> storage, std::size_t offset, Shape shape, DType dtype)
    : storage_(std::move(storage)), offset_(offset), shape_(shape), dtype_(dtype) {}

Tensor Tensor::empty(Shape shape, DType dtype) {
  // the size in bytes must not wrap around, whatever shape a file claims
  require("tensor", shape.numel() <= kMaxElements, "number of elements must be at most {}; got {}",
          kMaxElements, shape);
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  return Tensor(std::make_shared<Storage>(bytes), 0, shape, dtype);
}

Tensor Tensor::in_file(Shape shape, DType dtype, const std::string& folder) {
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  return Tensor(std::make_shared<Storage>(bytes, folder), 0, shape, dtype);
}

Tensor Tensor::zeros(Shape shape, DType dtype) {
  Tensor out = empty(shape, dtype);
  std::byte* to = out.raw_writable();
  parallel_for(static_cast<std::int64_t>(out.byte_size()), kClearGrain,
               [&](std::int64_t begin, std::int64_t end) {
                 std::memset(to + begin, 0, static_cast<std::size_t>(end - begin));
               });
  return out;
}

Tensor Tensor::full(Shape shape, double value, DType dtype) {
  Tensor out = empty(shape, dtype);
  dispatch(dtype, [&]<class T>(T) {
    const std::span<T> data = out.writable<T>();
    std::fill(data.begin(), data.end(), narrow<T>(value));
  });
  return out;
}

std::byte* Tensor::raw_writable() {
  if (storage_.use_count() > 1) {
    auto own = std::make_shared<Storage>(byte_size());
    std::memcpy(own->bytes(), raw(), byte_size());
    storage_ = std::move(own);
    offset_ = 0;
  }
  storage_->content_changes();
  return storage_->bytes() + offset_;
}

Tensor Tensor::reshape(Shape shape) const {
  require("reshape", shape.numel() == numel(), "number of elements must stay; got {} to {}", shape_,
          shape);
  return Tensor(storage_, offset_, shape, dtype_);
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t count) const {
  require("rows",
          shape_.rank() >= 1 && begin >= 0 && count >= 0 && begin <= shape_[0] &&
              count <= shape_[0] - begin,
          "range must lie in the first axis; got {} + {} of {}", begin, count, shape_);
  const std::int64_t row = shape_[0] == 0 ? 0 : numel() / shape_[0];
  release();
  return Tensor(storage_, offset_ + static_cast<std::size_t>(begin * row) * size_of(dtype_),
                shape_.with(0, count), dtype_);
}

void Tensor::write_rows(std::int64_t begin, const Tensor& piece) {
  require("write_rows",
          shape_.rank() >= 1 && piece.dtype() == dtype_ && piece.shape().rank() >= 1 &&
              piece.shape() == shape_.with(0, piece.shape()[0]) && begin >= 0 &&
              begin <= shape_[0] - piece.shape()[0],
          "piece must be rows of the tensor; got piece {} {} from row {}, tensor {} {}",
          piece.dtype(), piece.shape(), begin, dtype_, shape_);
  if (piece.byte_size() == 0) return;
  const std::size_t at = static_cast<std::size_t>(begin) * piece.byte_size() /
                         static_cast<std::size_t>(piece.shape()[0]);
  if (is_in_file() && is_unique()) {
    storage_->content_changes();
    storage_->file()->write(offset_ + at, piece.raw(), piece.byte_size());
  } else {
    std::memcpy(raw_writable() + at, piece.raw(), piece.byte_size());
  }
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor out = empty(shape_, dtype);
  dispatch(dtype_, [&]<class From>(From) {
    dispatch(dtype, [&]<class To>(To) {
      const From* from = data<From>().data();
      To* to = out.writable<To>().data();
      parallel_for(numel(), kConvertGrain, [&](std::int64_t begin, std::int64_t end) {
        convert_run(from + begin, to + begin, end - begin);
      });
    });
  });
  return out;
}

double Tensor::item() const {
  require("item", numel() == 1, "tensor must have one element; got {}", shape_);
  return at(0);
}

double Tensor::at(std::int64_t i) const {
  require("at", i >= 0 && i < numel(), "index must be in range; got {} of {}", i, shape_);
  return dispatch(dtype_,
                  [&]<class T>(T) { return widen(data<T>()[static_cast<std::size_t>(i)]); });
}

std::vector<double> Tensor::values() const {
  std::vector<double> out(static_cast<std::size_t>(numel()));
  dispatch(dtype_, [&]<class T>(T) {
    const std::span<const T> from = data<T>();
    std::transform(from.begin(), from.end(), out.begin(), widen<T>);
  });
  return out;
}

}  // namespace core
