#include "core/system/cgroup.h"

#include <fstream>

namespace core {

std::vector<CgroupFolder> cgroup_folders(const std::string& root, std::string_view controller) {
  std::vector<CgroupFolder> out;
  const auto add = [&](const std::string& mount, std::string path, int version) {
    out.push_back({mount, version});
    while (path.size() > 1) {
      out.push_back({mount + path, version});
      path.resize(path.rfind('/'));
    }
  };
  const std::string sys = root + "/sys/fs/cgroup", name(controller);
  std::ifstream in(root + "/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {  // "hierarchy:controllers:path"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (path.empty() || path[0] != '/') continue;
    if (controllers.empty()) {
      add(sys, path, 2);
    } else if (("," + controllers + ",").find("," + name + ",") != std::string::npos) {
      add(sys + "/" + controllers, path, 1);
      if (controllers != name) add(sys + "/" + name, path, 1);
    }
  }
  return out;
}

}  // namespace core
