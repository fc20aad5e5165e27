#include "core/system/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "core/system/input_file.h"

namespace core {
namespace {

constexpr std::uint64_t kUnsized = 1 << 20;  // files of /proc say 0 bytes

EVP_MD_CTX* evp(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void check(bool ok) {
  if (!ok) throw Error("sha256: OpenSSL refused the operation");
}

}  // namespace

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(evp(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(context_ != nullptr && EVP_DigestInit_ex(evp(context_.get()), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(evp(context_.get()), bytes.data(), bytes.size()) == 1);
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  check(EVP_DigestFinal_ex(evp(context_.get()), digest.data(), nullptr) == 1);
  check(EVP_DigestInit_ex(evp(context_.get()), EVP_sha256(), nullptr) == 1);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

std::string sha256_file(const std::string& path) {
  InputFile file(path);
  Sha256 hash;
  std::vector<std::byte> piece(std::size_t{1} << 18);
  for (std::uint64_t have = 0;;) {
    const std::size_t got = file.read(piece);
    if (got == 0) break;
    hash.update(std::span(piece).first(got));
    have += got;
    require_input(path, have <= std::max<std::uint64_t>(file.size(), kUnsized),
                  "the file grows while it is read");
  }
  return hash.hex();
}

}  // namespace core
