#include "core/system/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "core/system/cgroup.h"

namespace core {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// The number after `key` in a file of "key number" or "key: number kB" lines.
std::optional<std::size_t> field(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name, unit;
    std::size_t value = 0;
    if (!(words >> name >> value) || (name != key && name != key + ":")) continue;
    return words >> unit && unit == "kB" ? value * 1024 : value;
  }
  return std::nullopt;
}

/// The only number of a file; nothing for "max" and for a file that is not there.
std::optional<std::size_t> number(const std::string& path) {
  std::ifstream in(path);
  std::size_t value = 0;
  if (!(in >> value)) return std::nullopt;
  return value;
}

/// What a limit leaves, where cached files can be dropped.
std::size_t left(std::optional<std::size_t> limit, std::optional<std::size_t> used,
                 std::optional<std::size_t> cache) {
  if (!limit) return kNoLimit;
  const std::size_t hard = used.value_or(0) - std::min(used.value_or(0), cache.value_or(0));
  return *limit - std::min(*limit, hard);
}

std::size_t left_v2(const std::string& folder) {
  return left(number(folder + "/memory.max"), number(folder + "/memory.current"),
              field(folder + "/memory.stat", "file"));
}

std::size_t left_v1(const std::string& folder) {
  return left(number(folder + "/memory.limit_in_bytes"), number(folder + "/memory.usage_in_bytes"),
              field(folder + "/memory.stat", "total_cache"));
}

/// The soft limit of a line of /proc/<pid>/limits; nothing for "unlimited".
std::optional<std::size_t> soft_limit(const std::string& path, std::string_view name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    std::size_t value = 0;
    if (words >> value) return value;
  }
  return std::nullopt;
}

}  // namespace

std::size_t available_memory(const std::string& root) {
  std::size_t best = field(root + "/proc/meminfo", "MemAvailable").value_or(kNoLimit);
  for (const CgroupFolder& f : cgroup_folders(root, "memory"))
    best = std::min(best, f.version == 2 ? left_v2(f.path) : left_v1(f.path));
  return best;
}

std::size_t process_memory_left(const std::string& root) {
  const std::string limits = root + "/proc/self/limits", status = root + "/proc/self/status";
  const auto taken = [&](const char* key) { return field(status, key); };
  return std::min(left(soft_limit(limits, "Max address space"), taken("VmSize"), 0),
                  left(soft_limit(limits, "Max data size"), taken("VmData"), 0));
}

std::size_t resident_memory() { return field("/proc/self/status", "VmRSS").value_or(0); }

std::size_t peak_resident_memory() { return field("/proc/self/status", "VmHWM").value_or(0); }

}  // namespace core
