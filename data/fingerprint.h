// Fingerprint of a data set: one SHA-256 for many files.
#pragma once

#include <string>
#include <vector>

namespace data {

/// SHA-256 (hex) of the listing that `sha256sum` prints for these files in this order: a line
/// "<hex>  <name>\n" each.  Only the names relative to `root` enter, so moving a data set keeps its
/// identity. throws: InputError for a file that cannot be read.
std::string fingerprint_of(const std::string& root, const std::vector<std::string>& names);

}  // namespace data
