// SHA-256: content hashes for cell ids, weights, data files and checkpoints, as 64 lower-case hex
// digits.
//
// A thin wrapper of OpenSSL's libcrypto (EVP interface), which uses the SHA instructions of the
// CPU.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace core {

/// Hash of a sequence of pieces.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// The digest of everything so far; starts anew afterwards.
  std::string hex();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;  // EVP_MD_CTX
};

std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);
/// Hash of a file's content, read in pieces.  throws: InputError when it cannot be read.
std::string sha256_file(const std::string& path);

}  // namespace core
