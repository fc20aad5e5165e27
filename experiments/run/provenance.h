// Provenance: who computed a cell, with what, where and at which cost.
//
// Kept apart from the result: two runs of the same cell differ in these fields only.
#pragma once

#include <string>
#include <vector>

#include "core/config/value.h"

namespace experiments {

/// What does not change while a process runs: commit, compiler, flags, CPU, libraries, host,
/// threads, argv.
core::Value build_provenance(const std::vector<std::string>& argv);

/// Wall and CPU time since construction.
class Stopwatch {
 public:
  Stopwatch();
  double wall() const;  // seconds
  double cpu() const;   // seconds, all threads of this process
  /// "2026-01-31T12:00:00Z"
  const std::string& started() const { return started_; }

 private:
  double wall_, cpu_;
  std::string started_;
};

std::string utc_now();
/// Largest resident set of this process so far, in MB.
double peak_rss_mb();
/// "AMD EPYC 9354 ..." from /proc/cpuinfo, or "unknown".
std::string cpu_model();

/// What a run in bf16 must say on a processor with oneDNN's instruction set `isa`: that it is slow
/// where neither AMX nor AVX512-BF16 exists; empty where one does.
std::string bf16_note(const std::string& isa);

/// The fields of one cell: `process` plus start, end, wall and CPU seconds and peak memory.
core::Value cell_provenance(core::Value process, const Stopwatch& watch);

}  // namespace experiments
