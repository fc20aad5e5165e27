#include "data/fingerprint.h"

#include "core/system/file.h"
#include "core/system/sha256.h"
#include "data/each.h"

namespace data {

std::string fingerprint_of(const std::string& root, const std::vector<std::string>& names,
                           std::size_t limit, const FileCheck& check) {
  std::vector<std::string> hashes(names.size());
  for_each_index(static_cast<std::int64_t>(names.size()), 64, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    const std::string path = root + "/" + names[at];
    const std::vector<std::byte> bytes = core::read_file(path, limit);
    if (check) check(path, bytes);
    hashes[at] = core::sha256_hex(bytes);
  });
  std::string listing;
  for (std::size_t i = 0; i < names.size(); ++i) listing += hashes[i] + "  " + names[i] + "\n";
  return core::sha256_hex(listing);
}

}  // namespace data
