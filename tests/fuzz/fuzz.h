// What the fuzz targets share: a place for files, and what counts as a refusal.
//
// A target reads arbitrary bytes as a parser would find them.  The parser may take them or throw
// InputError (ConfigError is one); everything else ends the run: another exception, a sanitizer's
// report, a property that does not hold, a second, a gigabyte.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace fuzz {

/// True when `body` ends by itself, false when it refuses its input.
template <class Body>
bool accepts(Body&& body) {
  try {
    body();
    return true;
  } catch (const core::InputError&) {
    return false;
  }
}

/// Ends the run unless a property holds.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

/// A folder in memory of this process, removed at its end; run.sh removes those of crashed ones.
inline const std::string& folder() {
  struct Folder {
    std::string path;
    Folder() {
      namespace fs = std::filesystem;
      const fs::path parent = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
      path = parent / ("roundtable-fuzz-" + std::to_string(::getpid()));
      fs::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
  };
  static const Folder folder;
  return folder.path;
}

/// Writes a file below folder(), in place, and returns its path.
inline std::string put(const std::string& name, std::span<const std::uint8_t> bytes) {
  const std::string path = folder() + "/" + name;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "a file can be written in memory");
  ::close(fd);
  return path;
}

/// The bytes of an input, taken piece by piece; zeros and empty texts after its end.
class Source {
 public:
  Source(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t b = rest_.front();
    rest_ = rest_.subspan(1);
    return b;
  }
  std::int64_t integer() {
    std::uint64_t n = 0;
    for (int i = 0; i < 8; ++i) n = n << 8 | byte();
    return static_cast<std::int64_t>(n);
  }
  /// Up to the next zero byte.
  std::string line() {
    std::string out;
    while (!rest_.empty()) {
      const std::uint8_t b = byte();
      if (b == 0) break;
      out += static_cast<char>(b);
    }
    return out;
  }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz

/// What libFuzzer calls with every input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
