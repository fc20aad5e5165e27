// A folder with made-up /proc and /sys trees, for what reads the limits of the system.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace support {

struct FakeSystem {
  TempDir dir{"system"};

  std::string root() const { return dir.path(); }
  /// Writes a file; `path` starts with a slash.
  void put(const std::string& path, const std::string& text) const {
    const std::filesystem::path full = root() + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
};

}  // namespace support
