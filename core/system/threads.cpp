#include "core/system/threads.h"

#include <cblas.h>
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "core/error.h"
#include "core/system/cgroup.h"

namespace core {
namespace {

constexpr int kMaxThreads = 1024;

/// The process-wide setting; 0 until set_threads is called.  OpenMP's own value is per thread (a
/// new std::thread starts from the default), so it cannot be the truth.
std::atomic<int> setting{0};

std::optional<std::int64_t> read_int(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

/// ceil(quota / period), at least 1; 0 when there is no limit.
int cpus(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return 0;
  return static_cast<int>(
      std::clamp<std::int64_t>((*quota + *period - 1) / *period, 1, kMaxThreads));
}

/// cgroup v2: one file, "max 100000" or "150000 100000".
int quota_v2(const std::string& directory) {
  std::istringstream line(first_line(directory + "/cpu.max"));
  std::string quota, period;
  line >> quota >> period;
  return cpus(read_int(quota), read_int(period));
}

/// cgroup v1: two files; a quota of -1 is no limit.
int quota_v1(const std::string& directory) {
  return cpus(read_int(first_line(directory + "/cpu.cfs_quota_us")),
              read_int(first_line(directory + "/cpu.cfs_period_us")));
}

int tighter(int a, int b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

int affinity_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, omp_get_num_procs());  // more than 1024 CPUs: the fixed-size mask is refused
}

}  // namespace

void set_threads(int n) {
  require_input("threads", n >= 1 && n <= kMaxThreads, "number must be from 1 to {}; got {}",
                kMaxThreads, n);
  // A pthread OpenBLAS beside OpenMP means two pools that fight for the same cores.
  if (openblas_get_parallel() != 2) {
    throw Error(
        fmt::format("threads: OpenBLAS must be the OpenMP build; openblas_get_parallel() is {}",
                    openblas_get_parallel()));
  }
  omp_set_dynamic(0);
  omp_set_num_threads(n);
  openblas_set_num_threads(n);
  setting.store(n);
}

int threads() {
  const int n = setting.load(std::memory_order_relaxed);
  return n > 0 ? n : omp_get_max_threads();
}

bool in_parallel() { return omp_in_parallel() != 0; }

int cgroup_threads(const std::string& root) {
  int best = 0;
  for (const CgroupFolder& f : cgroup_folders(root, "cpu"))
    best = tighter(best, f.version == 2 ? quota_v2(f.path) : quota_v1(f.path));
  return best;
}

int available_threads() {
  // source: platform note on Slurm: with TaskPlugin=task/none a job of one CPU sees every CPU of
  // the node
  if (const char* text = std::getenv("SLURM_CPUS_PER_TASK")) {
    const std::optional<std::int64_t> n = read_int(text);
    if (n && *n >= 1) return static_cast<int>(std::min<std::int64_t>(*n, kMaxThreads));
  }
  return std::min(tighter(cgroup_threads(""), affinity_threads()), kMaxThreads);
}

}  // namespace core
