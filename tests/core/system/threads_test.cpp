#include "core/system/threads.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "tests/support/fake_system.h"

using core::cgroup_threads;

namespace {

/// Puts the number of threads back at the end of a test.
struct Restore {
  int n = core::threads();
  ~Restore() { core::set_threads(n); }
};

struct Cpus : support::FakeSystem {
  int threads() const { return cgroup_threads(root()); }
};

}  // namespace

TEST_CASE("the number of threads is one setting, also seen from other threads") {
  const Restore restore;
  core::set_threads(3);
  CHECK(core::threads() == 3);
  int seen = 0;
  std::thread([&] { seen = core::threads(); }).join();
  CHECK(seen == 3);
}

TEST_CASE("a number of threads outside 1 to 1024 is an input error") {
  const Restore restore;
  CHECK_THROWS_WITH_AS(core::set_threads(0), "threads: number must be from 1 to 1024; got 0",
                       core::InputError);
  CHECK_THROWS_AS(core::set_threads(1025), core::InputError);
}

TEST_CASE("parallel_for covers every index once, whatever the number of threads and the grain") {
  const Restore restore;
  for (const int n_threads : {1, 2, 5}) {
    core::set_threads(n_threads);
    for (const std::int64_t n : {0, 1, 7, 1000}) {
      for (const std::int64_t grain : {1, 3, 64, 5000}) {
        std::vector<int> visits(static_cast<std::size_t>(n), 0);
        std::atomic<int> pieces{0};
        core::parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
          ++pieces;
          for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
        });
        bool once = true;
        for (const int v : visits) once = once && v == 1;
        CHECK(once);
        CHECK(pieces <= n_threads);
        if (n == 0) CHECK(pieces == 0);
      }
    }
  }
}

TEST_CASE("SLURM_CPUS_PER_TASK decides how many threads are available") {
  setenv("SLURM_CPUS_PER_TASK", "7", 1);
  CHECK(core::available_threads() == 7);
  setenv("SLURM_CPUS_PER_TASK", "nonsense", 1);
  CHECK(core::available_threads() >= 1);
  unsetenv("SLURM_CPUS_PER_TASK");
  cpu_set_t before, one;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(core::available_threads() == 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

TEST_CASE("the quota of cgroup v2 is rounded up, and the tightest ancestor counts") {
  const Cpus system;
  CHECK(system.threads() == 0);
  system.put("/proc/self/cgroup", "0::/user/job\n");
  system.put("/sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
  CHECK(system.threads() == 0);
  system.put("/sys/fs/cgroup/user/job/cpu.max", "350000 100000\n");
  CHECK(system.threads() == 4);
  system.put("/sys/fs/cgroup/user/cpu.max", "50000 100000\n");
  CHECK(system.threads() == 1);
}

TEST_CASE(
    "the quota of cgroup v1 is found below the controller, also when only the mount point "
    "answers") {
  const Cpus system;
  system.put("/proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/x\n");
  system.put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  system.put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(system.threads() == 0);
  system.put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
  CHECK(system.threads() == 2);
}

TEST_CASE("malformed cgroup files mean no quota") {
  const Cpus system;
  system.put("/proc/self/cgroup", "nonsense\n0:\n0::relative\n0::/\n");
  system.put("/sys/fs/cgroup/cpu.max", "lots\n");
  CHECK(system.threads() == 0);
}
