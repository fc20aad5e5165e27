// A directory of a test's own, removed at its end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace support {

class TempDir {
 public:
  /// `label` is a part of the name, for whoever finds the directory of a test that was killed.
  explicit TempDir(const std::string& label = "test") {
    const auto folder = std::filesystem::temp_directory_path();
    std::string pattern = (folder / ("roundtable_" + label + "_XXXXXX")).string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace support
