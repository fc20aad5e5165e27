#include "core/system/cgroup.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/fake_system.h"

namespace {

constexpr std::size_t kMount = sizeof("/sys/fs/cgroup") - 1;

std::vector<std::string> folders(const std::string& lines, const char* controller) {
  const support::FakeSystem system;
  system.put("/proc/self/cgroup", lines);
  std::vector<std::string> out;
  for (const core::CgroupFolder& f : core::cgroup_folders(system.root(), controller))
    out.push_back(std::to_string(f.version) + f.path.substr(system.root().size() + kMount));
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a group of version 2 is bound by itself, its ancestors and the mount point") {
  CHECK(folders("0::/a/b\n", "cpu") == Names{"2", "2/a/b", "2/a"});
  CHECK(folders("0::/\n", "memory") == Names{"2"});
}

TEST_CASE("version 1 has mounts by the names of its controllers") {
  const char* const lines = "3:cpu,cpuacct:/job\n2:memory:/job\n1:name=systemd:/x\n";
  CHECK(folders(lines, "cpu") == Names{"1/cpu,cpuacct", "1/cpu,cpuacct/job", "1/cpu", "1/cpu/job"});
  CHECK(folders(lines, "memory") == Names{"1/memory", "1/memory/job"});
}

TEST_CASE("lines that say nothing about the controller give no folder") {
  CHECK(folders("", "cpu").empty());
  CHECK(folders("nonsense\n4:cpuset:/a\n5:cpu:relative\n", "cpu").empty());
}
