// Tiny IDX files for tests: Fashion-MNIST in miniature, learnable because each class has its own
// stripe.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace support {

using Bytes = std::vector<std::uint8_t>;

inline void write_bytes(const std::string& path, const Bytes& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

inline Bytes gzip(const Bytes& raw) {
  z_stream s{};
  deflateInit2(&s, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&s, raw.size()) + 32);
  s.next_in = const_cast<std::uint8_t*>(raw.data());
  s.avail_in = static_cast<uInt>(raw.size());
  s.next_out = out.data();
  s.avail_out = static_cast<uInt>(out.size());
  deflate(&s, Z_FINISH);
  out.resize(s.total_out);
  deflateEnd(&s);
  return out;
}

/// Header of an IDX file of unsigned bytes.
inline Bytes idx_header(const std::vector<std::uint32_t>& dims) {
  Bytes out{0, 0, 8, static_cast<std::uint8_t>(dims.size())};
  for (const std::uint32_t d : dims) {
    for (const int bits : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(d >> bits));
  }
  return out;
}

/// Writes the four files of Fashion-MNIST with `train` and `test` images; image i has label i % 10
/// and a bright band of rows that depends on it, over a faint pattern.
inline void write_fashion(const std::string& root, std::uint32_t train, std::uint32_t test) {
  const auto write = [&](const std::string& stem, std::uint32_t count) {
    Bytes images = idx_header({count, 28, 28}), labels = idx_header({count});
    for (std::uint32_t i = 0; i < count; ++i) {
      labels.push_back(static_cast<std::uint8_t>(i % 10));
      for (std::uint32_t p = 0; p < 784; ++p) {
        const bool band = (p / 28) / 3 == i % 10;
        images.push_back(static_cast<std::uint8_t>((band ? 200 : 20) + (i * 7 + p * 3) % 40));
      }
    }
    write_bytes(root + "/" + stem + "-images-idx3-ubyte.gz", gzip(images));
    write_bytes(root + "/" + stem + "-labels-idx1-ubyte.gz", gzip(labels));
  };
  write("train", train);
  write("t10k", test);
}

/// The message of the exception that `fn` throws, empty when it throws none.
template <class Fn>
std::string message_of(Fn&& fn) {
  try {
    fn();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

}  // namespace support
