#include "core/system/sha256.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"

using core::Sha256;
using core::sha256_hex;

// source: FIPS 180-2, appendix B, and the NIST long-message example
TEST_CASE("sha256 gives the published answers") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("pieces hash as their concatenation, and hex starts anew") {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  CHECK(hash.hex() == sha256_hex("abc"));
  CHECK(hash.hex() == sha256_hex(""));
}

TEST_CASE("a file hashes as its content, also across read pieces") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("rt_sha_" + std::to_string(getpid()))).string();
  std::string content;
  for (int i = 0; i < 100'000; ++i) content += std::to_string(i);
  std::ofstream(path, std::ios::binary) << content;
  CHECK(core::sha256_file(path) == sha256_hex(content));
  std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
  CHECK(core::sha256_file(path) == sha256_hex(""));
  std::filesystem::remove(path);
}

TEST_CASE("a file that cannot be read is an input error with its name") {
  CHECK_THROWS_WITH_AS(core::sha256_file("/nonexistent/f"),
                       "/nonexistent/f: cannot be read: No such file or directory",
                       core::InputError);
  CHECK_THROWS_AS(core::sha256_file("/"), core::InputError);
}
