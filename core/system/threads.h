// Threads: one setting for OpenMP, oneDNN (which uses OpenMP) and OpenBLAS, and the one parallel
// loop.
//
// Results of our own kernels do not depend on the number of threads: loops are cut by `grain`, and
// reductions combine fixed blocks in a fixed order (core/kernels/reduce).
#pragma once

#include <cstdint>
#include <string>

namespace core {

/// Sets the number of threads for everything in this process.  throws: InputError unless 1 <= n <=
/// 1024.
void set_threads(int n);
int threads();
/// Whether the caller is a piece of a parallel loop already.
bool in_parallel();
/// What this process may use: SLURM_CPUS_PER_TASK, else the cgroup quota, else the affinity mask.
int available_threads();
/// CPUs granted by the cgroup (v1 or v2) CPU quota, rounded up; 0 when there is none.  `root` is
/// put before /proc and /sys: "" is this system, a test gives a directory of its own.
int cgroup_threads(const std::string& root);

/// Runs fn(begin, end) over [0, n) in pieces of at least `grain` items, in parallel when that pays;
/// inside another parallel loop in one piece.  fn must not throw and must not care about the order
/// or number of pieces.
template <class Fn>
void parallel_for(std::int64_t n, std::int64_t grain, Fn&& fn) {
  if (n <= grain || threads() == 1 || in_parallel()) {
    if (n > 0) fn(std::int64_t{0}, n);
    return;
  }
  const std::int64_t pieces =
      (n + grain - 1) / grain < threads() ? (n + grain - 1) / grain : threads();
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(pieces))
  for (std::int64_t i = 0; i < pieces; ++i) {
    fn(n * i / pieces, n * (i + 1) / pieces);
  }
}

}  // namespace core
