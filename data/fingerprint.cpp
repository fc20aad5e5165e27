#include "data/fingerprint.h"

#include "core/sha256.h"

namespace data {

std::string fingerprint_of(const std::string& root, const std::vector<std::string>& names) {
  std::string listing;
  for (const std::string& name : names)
    listing += core::sha256_file(root + "/" + name) + "  " + name + "\n";
  return core::sha256_hex(listing);
}

}  // namespace data
