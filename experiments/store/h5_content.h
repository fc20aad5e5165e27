// H5Content: what an HDF5 image holds, as plain values, and the form in which one process hands it
// to another.
//
// `unpack` takes bytes that may have been written by anybody: lengths, shapes, types and names are
// checked before they are used, so that a reader of contents needs no checks but those of its own
// meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/io/h5.h"

namespace experiments {

struct H5Content {
  using Data = std::variant<core::Tensor, std::vector<std::string>>;

  std::string where;                                           // for messages
  std::map<std::string, core::h5::AttributeValue> attributes;  // of the root
  std::map<std::string, Data> datasets;                        // by path, as "units/path"

  bool has_attribute(const std::string& name) const { return attributes.contains(name); }
  /// throws: InputError when absent or of another kind (an integer reads as a real).
  const std::string& text(const std::string& attribute) const;
  std::int64_t integer(const std::string& attribute) const;
  double real(const std::string& attribute) const;

  bool has(const std::string& path) const { return datasets.contains(path); }
  /// throws: InputError when absent, or strings.
  const core::Tensor& tensor(const std::string& path) const;
  /// throws: InputError when absent, or numbers.
  const std::vector<std::string>& texts(const std::string& path) const;
  /// Columns of a table must have its number of rows.  throws: InputError when they do not.
  std::vector<double> numbers(const std::string& path, std::size_t rows) const;
  const std::vector<std::string>& texts(const std::string& path, std::size_t rows) const;
};

/// Attributes and the datasets `names`, those of them that there are; without names every dataset.
/// throws: InputError for what HDF5 refuses and for files with more than 100,000 objects or 8
/// levels.
H5Content read_content(const core::h5::Group& root, std::span<const std::string> names = {});
/// Into a group that has none of the names.
void write_datasets(const H5Content& content, core::h5::Group& to);

std::vector<std::byte> pack(const H5Content& content);
/// throws: InputError for bytes that `pack` does not write.
H5Content unpack(std::span<const std::byte> bytes, const std::string& where);

}  // namespace experiments
