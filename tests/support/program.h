// The real program, for tests that start it.
#pragma once

#include <filesystem>
#include <string>

namespace support {

/// The program beside this test, or empty when it is not built.
inline std::string program() {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const auto& folder : {here, here.parent_path()}) {
    if (std::filesystem::exists(folder / "roundtable")) return (folder / "roundtable").string();
  }
  return "";
}

}  // namespace support
