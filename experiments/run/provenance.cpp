#include "experiments/run/provenance.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "core/error.h"
#include "core/onednn/engine.h"
#include "core/system/memory.h"
#include "core/system/threads.h"
#include "roundtable_git.h"

namespace experiments {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

std::string cpu_field(const std::string& field) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(field)) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

double peak_rss_mb() { return static_cast<double>(core::peak_resident_memory()) / (1 << 20); }

std::string cpu_model() { return cpu_field("model name"); }

core::Value build_provenance(const std::vector<std::string>& argv) {
  core::Value::List arguments(argv.begin(), argv.end());
  core::Value::Map slurm;
  for (const char* name :
       {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT"}) {
    if (const char* value = std::getenv(name)) slurm.emplace_back(name, value);
  }
  return core::Value(core::Value::Map{
      {"version", ROUNDTABLE_VERSION},
      {"git_commit", kGitCommit},
      {"git_dirty", kGitDirty},
      {"compiler", "g++ " __VERSION__},
      {"build_type", ROUNDTABLE_BUILD_TYPE},
      {"flags", ROUNDTABLE_FLAGS},
      {"host", host_name()},
      {"cpu", cpu_model()},
      {"microcode", cpu_field("microcode")},
      {"isa", core::onednn::isa()},
      {"threads", core::threads()},
      {"onednn", core::onednn::version()},
      {"slurm", std::move(slurm)},
      {"argv", std::move(arguments)},
  });
}

Stopwatch::Stopwatch() : wall_(steady_seconds()), cpu_(cpu_seconds()), started_(utc_now()) {}
double Stopwatch::wall() const { return steady_seconds() - wall_; }
double Stopwatch::cpu() const { return cpu_seconds() - cpu_; }

std::string bf16_note(const std::string& isa) {
  if (isa.ends_with("_bf16") || isa.ends_with("_amx")) return {};
  return fmt::format(
      "precision bf16: this processor ({}) has neither AMX nor AVX512-BF16; its products are "
      "emulated, with the same rounding but slower than f32",
      isa);
}

core::Value cell_provenance(core::Value process, const Stopwatch& watch) {
  process.set_path("started", watch.started());
  process.set_path("ended", utc_now());
  process.set_path("wall_seconds", watch.wall());
  process.set_path("cpu_seconds", watch.cpu());
  process.set_path("peak_rss_mb", peak_rss_mb());
  return process;
}

}  // namespace experiments
