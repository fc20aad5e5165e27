#include "core/system/memory.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/support/fake_system.h"

namespace {

constexpr const char* kMeminfo = "MemTotal:       2000 kB\nMemAvailable:   1000 kB\n";

}  // namespace

TEST_CASE("without a limit there is what the system has left") {
  const support::FakeSystem s;
  s.put("/proc/meminfo", kMeminfo);
  s.put("/proc/self/cgroup", "0::/\n");
  s.put("/sys/fs/cgroup/memory.max", "max\n");
  CHECK(core::available_memory(s.root()) == 1000 * 1024);
}

TEST_CASE(
    "a cgroup leaves its limit less what is used, without cached files; the tightest counts") {
  const support::FakeSystem s;
  s.put("/proc/meminfo", kMeminfo);
  s.put("/proc/self/cgroup", "0::/job/step\n");
  s.put("/sys/fs/cgroup/job/memory.max", "500000\n");
  s.put("/sys/fs/cgroup/job/memory.current", "300000\n");
  s.put("/sys/fs/cgroup/job/memory.stat", "anon 100000\nfile 200000\n");
  CHECK(core::available_memory(s.root()) == 400000);
  s.put("/sys/fs/cgroup/job/step/memory.max", "250000\n");
  CHECK(core::available_memory(s.root()) == 250000);
  s.put("/sys/fs/cgroup/job/step/memory.current", "900000\n");
  CHECK(core::available_memory(s.root()) == 0);
}

TEST_CASE("cgroups of the first version are read, too") {
  const support::FakeSystem s;
  s.put("/proc/meminfo", kMeminfo);
  s.put("/proc/self/cgroup", "4:cpu,cpuacct:/a\n7:memory:/a\n");
  s.put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "600000\n");
  s.put("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "200000\n");
  s.put("/sys/fs/cgroup/memory/a/memory.stat", "total_cache 50000\n");
  CHECK(core::available_memory(s.root()) == 450000);
}

TEST_CASE("limits of the process leave what it has not taken of its address space and its data") {
  const support::FakeSystem s;
  s.put("/proc/self/status", "VmSize:\t   3000 kB\nVmData:\t    500 kB\n");
  const auto with = [&](const char* data, const char* space) {
    s.put("/proc/self/limits",
          std::string("Limit                     Soft Limit           Hard\n") +
              "Max data size             " + data + "   unlimited   bytes\n" +
              "Max address space         " + space + "   unlimited  bytes\n");
    return core::process_memory_left(s.root());
  };
  CHECK(with("unlimited", "unlimited") == std::numeric_limits<std::size_t>::max());
  CHECK(with("unlimited", "4096000") == 1000 * 1024);
  CHECK(with("768000", "4096000") == 250 * 1024);
  CHECK(with("unlimited", "1024") == 0);
}

TEST_CASE("this process lies in memory, and its peak is at least that") {
  const std::size_t before = core::peak_resident_memory();
  CHECK(before >= core::resident_memory() / 2);
  std::vector<char> block(64 << 20, 1);
  CHECK(core::resident_memory() > 64u << 20);
  CHECK(core::peak_resident_memory() >= 64u << 20);
  CHECK(core::available_memory() > 0);
}
