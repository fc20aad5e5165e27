// Tensor: a dense, contiguous, row-major array as a value.
//
// Copies share the storage; `writable()` detaches first when the storage is shared, so a tensor never
// changes behind the back of another.  `reshape` and `rows` are views that cost nothing.  Images are
// N,H,W,C and tokens B,N,C (channels last); convolution weights keep the state-dict layout O,I,KH,KW.
// Contents of `empty` are indeterminate.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/dtype.h"
#include "core/error.h"
#include "core/shape.h"
#include "core/storage.h"

namespace core {

class Tensor {
 public:
  /// An empty f32 tensor of shape (0).
  Tensor();
  static Tensor empty(Shape shape, DType dtype = DType::f32);
  /// `empty` in a scratch file of `folder`: reads like any other, but takes memory only for the
  /// rows that were taken last.  throws: InputError when the file cannot be made.
  static Tensor in_file(Shape shape, DType dtype, const std::string& folder);
  static Tensor zeros(Shape shape, DType dtype = DType::f32);
  static Tensor full(Shape shape, double value, DType dtype = DType::f32);
  template <class T>
  static Tensor of(Shape shape, std::span<const T> values);
  template <class T>
  static Tensor of(Shape shape, std::initializer_list<T> values) {
    return of<T>(shape, std::span<const T>(values.begin(), values.size()));
  }
  static Tensor scalar(double value, DType dtype = DType::f32) {
    return full(Shape{}, value, dtype);
  }

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  std::int64_t numel() const { return shape_.numel(); }
  std::size_t byte_size() const { return static_cast<std::size_t>(numel()) * size_of(dtype_); }

  /// throws: ShapeError when T is not the dtype.
  template <class T>
  std::span<const T> data() const {
    check_dtype(dtype_of<T>());
    return {reinterpret_cast<const T*>(raw()), static_cast<std::size_t>(numel())};
  }
  /// Copy-on-write access.  throws: ShapeError when T is not the dtype.
  template <class T>
  std::span<T> writable() {
    check_dtype(dtype_of<T>());
    return {reinterpret_cast<T*>(raw_writable()), static_cast<std::size_t>(numel())};
  }
  const std::byte* raw() const { return storage_->bytes() + offset_; }
  std::byte* raw_writable();

  /// Same elements, other shape.  throws: ShapeError when the counts differ.
  Tensor reshape(Shape shape) const;
  /// Rows [begin, begin+count) of the first axis, as a view.
  Tensor rows(std::int64_t begin, std::int64_t count) const;
  /// Puts the rows of `piece` from row `begin` on.  throws: ShapeError unless they fit; InputError
  /// when the disk of a scratch file fails.
  void write_rows(std::int64_t begin, const Tensor& piece);
  /// Takes a tensor in a file out of memory until it is read again.
  void release() const {
    if (storage_->file()) storage_->file()->release();
  }
  bool is_in_file() const { return storage_->file() != nullptr; }
  /// Nobody else sees this content: writing copies nothing.
  bool is_unique() const { return storage_.use_count() == 1; }
  /// Converted copy (itself when the type is the same); float to integer rounds half to even and clips.
  Tensor to(DType dtype) const;
  /// The only element, as double.  throws: ShapeError unless numel() == 1.
  double item() const;
  /// Element `i` in row-major order, as double: for tests, printing and small parameters.
  double at(std::int64_t i) const;
  /// All elements as double.
  std::vector<double> values() const;

  /// True when this tensor covers its whole storage, so that a packed copy may be kept beside it.
  bool whole() const { return offset_ == 0 && byte_size() == storage_->size(); }
  const Storage& storage() const { return *storage_; }
  /// Same storage, offset, shape and dtype: equal without looking.
  bool is_same(const Tensor& other) const {
    return storage_ == other.storage_ && offset_ == other.offset_ && shape_ == other.shape_ &&
           dtype_ == other.dtype_;
  }

 private:
  Tensor(std::shared_ptr<Storage> storage, std::size_t offset, Shape shape, DType dtype);
  void check_dtype(DType asked) const {
    require("tensor", asked == dtype_, "access type must be the dtype; asked {}, tensor {} {}",
            asked, dtype_, shape_);
  }

  std::shared_ptr<Storage> storage_;
  std::size_t offset_ = 0;  // bytes
  Shape shape_;
  DType dtype_ = DType::f32;
};

/// A tensor like t for new content: t itself when nobody else holds it, which then still has the old.
inline Tensor taken_over(Tensor&& t) {
  return t.is_unique() ? std::move(t) : Tensor::empty(t.shape(), t.dtype());
}

template <class T>
Tensor Tensor::of(Shape shape, std::span<const T> values) {
  require("tensor", shape.numel() == static_cast<std::int64_t>(values.size()),
          "number of values must fit the shape; got {} values, shape {}", values.size(), shape);
  Tensor out = empty(shape, dtype_of<T>());
  std::copy(values.begin(), values.end(), out.writable<T>().begin());
  return out;
}

/// Calls fn(T{}) with the C++ type of a floating dtype (f32 or f64).  throws: ShapeError otherwise.
template <class Fn>
decltype(auto) dispatch_float(std::string_view op, DType dtype, Fn&& fn) {
  require(op, dtype == DType::f32 || dtype == DType::f64, "dtype must be f32 or f64; got {}",
          dtype);
  return dtype == DType::f32 ? fn(float{}) : fn(double{});
}

/// The same for kernels that also take bf16 elements, reading and writing them with f32 arithmetic
/// (core/kernels/element).  throws: ShapeError otherwise.
template <class Fn>
decltype(auto) dispatch_element(std::string_view op, DType dtype, Fn&& fn) {
  if (dtype == DType::bf16) return fn(bf16{});
  require(op, dtype == DType::f32 || dtype == DType::f64, "dtype must be f32, f64 or bf16; got {}",
          dtype);
  return dtype == DType::f32 ? fn(float{}) : fn(double{});
}

}  // namespace core
