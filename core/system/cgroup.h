// The control groups that this process is in, v1 or v2: folders whose limits bind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace core {

struct CgroupFolder {
  std::string path;
  int version = 2;
};

/// Those of one controller ("cpu", "memory"), from the mount point to the group itself; a folder
/// may not exist: in a container the path of the host does not, and only the mount point answers.
/// `root` is put before /proc and /sys: "" is this system, a test gives a directory of its own.
std::vector<CgroupFolder> cgroup_folders(const std::string& root, std::string_view controller);

}  // namespace core
