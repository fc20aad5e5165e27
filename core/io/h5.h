// HDF5: files, groups, datasets and attributes as move-only values over the C interface.
//
// Files are made in memory (`File::create`, then `image()` for core::publish) and read from memory
// or from a path, never written in place.  The same calls give the same bytes: no object stores a
// time. Tensors keep their type (bf16 is stored as 16-bit words with attribute dtype = "bf16");
// strings are UTF-8 of variable length.  Paths inside a file are relative to the group and may
// contain slashes. Every failure is an InputError that names file, object and HDF5's own reason.
// Verify the origin of a file before opening it: HDF5 1.10 is not safe against crafted files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/io/h5_handle.h"
#include "core/tensor.h"

namespace core::h5 {

using AttributeValue = std::variant<std::int64_t, double, std::string>;

/// What groups and datasets share: a place for messages, and attributes.
class Object {
 public:
  /// Writing an attribute again replaces it.
  void set_attribute(std::string_view name, std::string_view value);
  void set_attribute(std::string_view name, std::int64_t value);
  void set_attribute(std::string_view name, double value);
  void set_attribute(std::string_view name, int value) {
    set_attribute(name, static_cast<std::int64_t>(value));
  }
  void set_attribute(std::string_view name, const char* value) {
    set_attribute(name, std::string_view(value));
  }
  bool has_attribute(std::string_view name) const;
  /// throws: InputError when absent or of another kind (an integer reads as a real, nothing else
  /// converts).
  std::string string_attribute(std::string_view name) const;
  std::int64_t int_attribute(std::string_view name) const;
  double real_attribute(std::string_view name) const;
  /// As it is stored: an integer, a real or a string.  throws: InputError for any other kind.
  AttributeValue attribute(std::string_view name) const;
  std::vector<std::string> attributes() const;  // names in alphabetical order

  /// "file.h5: /group/name", for messages.
  const std::string& where() const { return where_; }

 protected:
  Object(Handle id, std::string where) : id_(std::move(id)), where_(std::move(where)) {}
  Handle id_;
  std::string where_;
};

class Dataset : public Object {
 public:
  /// throws: InputError when the element type is no DType (strings have none).
  DType dtype() const;
  Shape shape() const;
  bool is_string() const;
  Tensor read() const;
  /// Rows [begin, begin+count) of the first axis, without reading the others.
  Tensor read_rows(std::int64_t begin, std::int64_t count) const;
  /// A scalar or one-dimensional string dataset.
  std::vector<std::string> read_strings() const;

 private:
  friend class Group;
  using Object::Object;
};

struct WriteOptions {
  /// Numeric data from 4 KiB on: chunks, byte shuffle, gzip level 4, and a Fletcher-32 checksum.
  bool compress = true;
};

class Group : public Object {
 public:
  /// Creates a group and those above it; an existing one is opened.
  Group create_group(std::string_view path);
  Group group(std::string_view path) const;
  Dataset dataset(std::string_view path) const;
  bool exists(std::string_view path) const;
  bool is_group(std::string_view path) const;
  /// Names of the direct members in alphabetical order.
  std::vector<std::string> members() const;

  /// Writers create the groups above; a name that exists is an error.
  void write(std::string_view path, const Tensor& t, WriteOptions options = {});
  void write(std::string_view path, std::span<const double> column, WriteOptions options = {});
  void write(std::string_view path, std::span<const std::int64_t> column,
             WriteOptions options = {});
  void write(std::string_view path, std::span<const std::string> column);
  void write_string(std::string_view path, std::string_view text);

  Tensor read(std::string_view path) const { return dataset(path).read(); }
  std::string read_string(std::string_view path) const;
  std::vector<std::string> read_strings(std::string_view path) const {
    return dataset(path).read_strings();
  }

 protected:
  using Object::Object;

 private:
  std::string place(std::string_view path) const;
  void make_parents(std::string_view path);
  void write_bytes(std::string_view path, DType dtype, const Shape& shape, const void* data,
                   WriteOptions options);
  void write_texts(std::string_view path, const Shape& shape, std::span<const std::string> texts);
};

class File : public Group {
 public:
  /// An empty file in memory; `name` stands for it in messages.
  static File create(std::string name = "memory");
  /// A read-only view of an image; the bytes are copied.
  static File from_bytes(std::span<const std::byte> image, std::string name = "memory");
  /// A file on disk, read-only, with locking where the file system has it.
  static File open(const std::string& path);

  /// The whole file as bytes, ready to be published.
  std::vector<std::byte> image() const;

 private:
  File(Handle file, Handle root, std::string name);
  Handle file_;
  std::string name_;
};

}  // namespace core::h5
