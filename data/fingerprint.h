// Fingerprint of a data set: one SHA-256 for many files.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace data {

/// What a data set asks of one file's content; throws InputError when it does not hold.
using FileCheck = std::function<void(const std::string& path, std::span<const std::byte> bytes)>;

/// SHA-256 (hex) of the listing that `sha256sum` prints for these files in this order: a line
/// "<hex>  <name>\n" each.  Only the names relative to `root` enter, so moving a data set keeps its
/// identity.  Files are read in parallel, each once and whole, and `check` sees what is hashed.
/// throws: InputError for the first file that cannot be read, has more than `limit` bytes or fails
/// `check`.
std::string fingerprint_of(const std::string& root, const std::vector<std::string>& names,
                           std::size_t limit = std::numeric_limits<std::size_t>::max(),
                           const FileCheck& check = {});

}  // namespace data
