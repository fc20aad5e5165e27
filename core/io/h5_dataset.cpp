#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/io/h5.h"
#include "core/io/h5_detail.h"

namespace core::h5 {
namespace {

using namespace detail;

constexpr std::size_t kCompressFrom =
    4096;  // bytes; below, the chunk index costs more than it saves
constexpr std::size_t kChunkBytes = std::size_t{1}
                                    << 18;  // fits the chunk cache (1 MB) several times

/// Halves the leading extents until a chunk has at most kChunkBytes.
std::vector<hsize_t> chunk_of(const Shape& shape, std::size_t element) {
  std::vector<hsize_t> chunk(shape.dims().begin(), shape.dims().end());
  std::size_t bytes = static_cast<std::size_t>(shape.numel()) * element;
  for (hsize_t& extent : chunk) {
    while (extent > 1 && bytes > kChunkBytes) {
      const hsize_t half = (extent + 1) / 2;
      bytes = bytes / extent * half;
      extent = half;
    }
  }
  return chunk;
}

Handle space_of(const Shape& shape, const std::string& where) {
  if (shape.rank() == 0)
    return own(H5Screate(H5S_SCALAR), close_space, where, "space cannot be made");
  const std::vector<hsize_t> dims(shape.dims().begin(), shape.dims().end());
  return own(H5Screate_simple(shape.rank(), dims.data(), nullptr), close_space, where,
             "space cannot be made");
}

Handle type_in(hid_t dataset, const std::string& where) {
  return own(H5Dget_type(dataset), close_type, where, "type cannot be read");
}

Handle space_in(hid_t dataset, const std::string& where) {
  return own(H5Dget_space(dataset), close_space, where, "shape cannot be read");
}

/// Reads a selection (H5S_ALL or a hyperslab) into a new tensor.
Tensor read_into(hid_t dataset, const Shape& shape, DType dtype, hid_t memory, hid_t file,
                 const std::string& where) {
  Tensor out = Tensor::empty(shape, dtype);
  if (out.numel() > 0) {
    check(H5Dread(dataset, native(dtype), memory, file, H5P_DEFAULT, out.raw_writable()), where,
          "cannot be read");
  }
  return out;
}

}  // namespace

bool Dataset::is_string() const {
  return H5Tget_class(type_in(id_.get(), where_).get()) == H5T_STRING;
}

DType Dataset::dtype() const {
  const Handle type = type_in(id_.get(), where_);
  const std::size_t size = H5Tget_size(type.get());
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind == H5T_FLOAT && size == 4) return DType::f32;
  if (kind == H5T_FLOAT && size == 8) return DType::f64;
  if (kind == H5T_INTEGER) {
    const bool is_signed = H5Tget_sign(type.get()) == H5T_SGN_2;
    if (size == 1) return is_signed ? DType::s8 : DType::u8;
    if (size == 4 && is_signed) return DType::s32;
    if (size == 8 && is_signed) return DType::s64;
    if (size == 2 && !is_signed && has_attribute("dtype") && string_attribute("dtype") == "bf16") {
      return DType::bf16;
    }
  }
  fail(where_, "element type must be f32, f64, bf16, s8, u8, s32 or s64");
}

Shape Dataset::shape() const {
  const Handle space = space_in(id_.get(), where_);
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  const int rank = H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  if (rank < 0 || H5Sget_simple_extent_type(space.get()) == H5S_NULL)
    fail(where_, "must have a shape");
  require_input(where_, rank <= Shape::kMaxRank, "rank must be at most {}; got {}", Shape::kMaxRank,
                rank);
  std::array<std::int64_t, Shape::kMaxRank> out{};
  std::copy_n(dims.begin(), rank, out.begin());
  return Shape(std::span<const std::int64_t>(out.data(), static_cast<std::size_t>(rank)));
}

Tensor Dataset::read() const {
  return read_into(id_.get(), shape(), dtype(), H5S_ALL, H5S_ALL, where_);
}

Tensor Dataset::read_rows(std::int64_t begin, std::int64_t count) const {
  const Shape all = shape();
  require_input(
      where_,
      all.rank() >= 1 && begin >= 0 && count >= 0 && count <= all[0] && begin <= all[0] - count,
      "rows must lie in the first axis; got {} + {} of {}", begin, count, all);
  const Shape part = all.with(0, count);
  const Handle memory = space_of(part, where_);
  const Handle file = space_in(id_.get(), where_);
  const std::vector<hsize_t> extent(part.dims().begin(), part.dims().end());
  std::vector<hsize_t> start(extent.size(), 0);
  start[0] = static_cast<hsize_t>(begin);
  if (part.numel() > 0) {
    check(H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(),
                              nullptr),
          where_, "rows cannot be selected");
  }
  return read_into(id_.get(), part, dtype(), memory.get(), file.get(), where_);
}

std::vector<std::string> Dataset::read_strings() const {
  return collect_strings(type_in(id_.get(), where_), space_in(id_.get(), where_), where_,
                         [&](hid_t memory, void* buffer) {
                           return H5Dread(id_.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
                         });
}

void Group::write_bytes(std::string_view path, DType dtype, const Shape& shape, const void* data,
                        WriteOptions options) {
  const std::string at = place(path);
  make_parents(path);
  const Handle space = space_of(shape, at);
  const Handle create = property_list(H5P_DATASET_CREATE);
  check(H5Pset_obj_track_times(create.get(), false), at, "options cannot be set");
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  if (options.compress && bytes >= kCompressFrom) {
    const std::vector<hsize_t> chunk = chunk_of(shape, size_of(dtype));
    check(H5Pset_chunk(create.get(), shape.rank(), chunk.data()), at, "chunks cannot be set");
    check(H5Pset_shuffle(create.get()), at, "shuffle cannot be set");
    check(H5Pset_deflate(create.get(), 4), at, "compression cannot be set");
    check(H5Pset_fletcher32(create.get()), at, "checksums cannot be set");
  }
  Dataset made(own(H5Dcreate2(id_.get(), std::string(path).c_str(), native(dtype), space.get(),
                              H5P_DEFAULT, create.get(), H5P_DEFAULT),
                   close_dataset, at, "dataset cannot be made"),
               at);
  if (bytes > 0) {
    check(H5Dwrite(made.id_.get(), native(dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, data), at,
          "cannot be written");
  }
  if (dtype == DType::bf16) made.set_attribute("dtype", "bf16");
}

void Group::write(std::string_view path, const Tensor& t, WriteOptions options) {
  write_bytes(path, t.dtype(), t.shape(), t.raw(), options);
}

void Group::write(std::string_view path, std::span<const double> column, WriteOptions options) {
  write_bytes(path, DType::f64, Shape{static_cast<std::int64_t>(column.size())}, column.data(),
              options);
}

void Group::write(std::string_view path, std::span<const std::int64_t> column,
                  WriteOptions options) {
  write_bytes(path, DType::s64, Shape{static_cast<std::int64_t>(column.size())}, column.data(),
              options);
}

void Group::write_texts(std::string_view path, const Shape& shape,
                        std::span<const std::string> texts) {
  const std::string at = place(path);
  make_parents(path);
  std::vector<std::string> owned;
  for (const std::string& text : texts) owned.push_back(c_text(text, at));
  std::vector<const char*> pointers;
  for (const std::string& text : owned) pointers.push_back(text.c_str());
  const Handle type = string_type();
  const Handle space = space_of(shape, at);
  const Handle create = property_list(H5P_DATASET_CREATE);
  check(H5Pset_obj_track_times(create.get(), false), at, "options cannot be set");
  const Handle made = own(H5Dcreate2(id_.get(), std::string(path).c_str(), type.get(), space.get(),
                                     H5P_DEFAULT, create.get(), H5P_DEFAULT),
                          close_dataset, at, "dataset cannot be made");
  if (!pointers.empty()) {
    check(H5Dwrite(made.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), at,
          "cannot be written");
  }
}

void Group::write(std::string_view path, std::span<const std::string> column) {
  write_texts(path, Shape{static_cast<std::int64_t>(column.size())}, column);
}

void Group::write_string(std::string_view path, std::string_view text) {
  const std::string one(text);
  write_texts(path, Shape{}, {&one, 1});
}

std::string Group::read_string(std::string_view path) const {
  const std::vector<std::string> texts = read_strings(path);
  require_input(place(path), texts.size() == 1, "must be one string; got {}", texts.size());
  return texts.front();
}

}  // namespace core::h5
