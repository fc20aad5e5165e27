#include "experiments/run/resources.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <ranges>
#include <set>

#include "core/error.h"
#include "core/storage.h"
#include "core/system/memory.h"
#include "core/system/scratch_file.h"
#include "core/system/threads.h"
#include "experiments/cell/cell_memory.h"

namespace experiments {
namespace {

constexpr double kLeftAlone = 0.1;    // share of what the machine has left that we do not take
constexpr double kProbeSeconds = 2;   // of one division, loading included
constexpr double kProbeShare = 0.02;  // of the predicted time that measuring may take
// A division with fewer workers has to be this much faster.  Threads change the order of sums and
// so the last digits: a near tie must not decide which digits a result has.
constexpr double kClearly = 1.1;
constexpr double kLater = 64 << 20;  // code, buffers and primitives that come with the first cell
// Address space without content that comes with the first cell; the stacks of threads and
// OpenBLAS's buffers are there already.
constexpr double kSpace = 64 << 20;

std::string text(double bytes) { return bytes_text(bytes); }

/// 1, 2, 4, .. and all.
std::vector<int> divisions(int threads, std::size_t cells) {
  const int most =
      static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), cells));
  std::set<int> out{1, std::max(most, 1)};
  for (int w = 2; w < most; w *= 2) out.insert(w);
  return {out.begin(), out.end()};
}

/// The share of workers that have a cell to do, rounds of cells taken together.
double busy(std::size_t cells, int workers) {
  const auto w = static_cast<std::size_t>(workers);
  return static_cast<double>(cells) / static_cast<double>((cells + w - 1) / w * w);
}

class Chooser {
 public:
  Chooser(const Demands& demands, const Situation& situation)
      : demands_(demands),
        situation_(situation),
        threads_(demands.threads > 0 ? demands.threads : core::available_threads()),
        memory_(demands.memory > 0
                    ? static_cast<double>(demands.memory)
                    : (1 - kLeftAlone) * static_cast<double>(core::available_memory())) {}

  Resources choose() {
    Resources out;
    out.scratch = demands_.scratch;
    out.workers = demands_.workers > 0 ? cut(demands_.workers) : chosen(out.reasons);
    out.threads = std::max(1, threads_ / out.workers);
    out.memory = static_cast<std::size_t>(share(out.workers));
    if (situation_.cells == 0) {
      out.reasons = {"no cell is left to run"};
      return out;
    }
    out.largest_mb = situation_.largest.all / (1 << 20);
    out.spills = situation_.largest.all > share(out.workers);
    check(out);
    out.reasons.push_back(memory_line(out));
    return out;
  }

 private:
  int cut(int workers) const {
    return std::max(1, std::min(workers, static_cast<int>(situation_.cells)));
  }
  double share(int workers) const { return memory_ / workers; }
  bool fits(int workers) const { return situation_.largest.least <= share(workers); }
  bool fits_whole(int workers) const { return situation_.largest.all <= share(workers); }

  int chosen(std::vector<std::string>& reasons) const {
    std::vector<int> candidates = divisions(threads_, situation_.cells);
    const std::size_t before = candidates.size();
    // files are for what does not fit otherwise
    const bool whole = fits_whole(1);
    std::erase_if(candidates, [&](int w) { return w > 1 && !(whole ? fits_whole(w) : fits(w)); });
    if (candidates.size() < before)
      reasons.emplace_back("memory allows fewer workers than threads");
    if (candidates.size() == 1) {
      reasons.push_back(fmt::format("1 worker: {}", threads_ == 1 ? "there is one thread"
                                                    : situation_.cells == 1
                                                        ? "there is one cell"
                                                        : "memory has room for one"));
      return 1;
    }
    const double cost = kProbeSeconds * static_cast<double>(candidates.size());
    if (situation_.seconds * kProbeShare < cost) {
      reasons.emplace_back("1 worker: the run is too short for measuring to pay");
      return 1;
    }
    return measured(candidates, reasons);
  }

  int measured(const std::vector<int>& candidates, std::vector<std::string>& reasons) const {
    int best = 1;
    double best_rate = 0;
    for (std::size_t i = candidates.size(); i-- > 0;) {  // views::reverse: not with clang 14
      const int w = candidates[i];
      const Split split{w, std::max(1, threads_ / w)};
      const double rate = situation_.measure(split), useful = rate * busy(situation_.cells, w);
      reasons.push_back(fmt::format(
          "{} x {}: {:.1f} images/s measured", w,
          split.threads == 1 ? "1 thread" : fmt::format("{} threads", split.threads), rate));
      if (useful > best_rate * kClearly) best = w, best_rate = useful;
    }
    reasons.push_back(
        fmt::format("{} worker(s): most cells an hour, of close rates most workers", best));
    return best;
  }

  void check(const Resources& r) const {
    const LargestCell& largest = situation_.largest;
    if (largest.all > situation_.process_limit) {  // files do not help: they are mapped
      throw core::InputError(fmt::format(
          "memory: the limits of a process (ulimit -v, ulimit -d, h_vmem) leave {}: {} needs {}; "
          "raise the limit by {} or use fewer calibration images",
          text(std::max(0.0, situation_.process_limit)), largest.which, text(largest.all),
          text(largest.all - situation_.process_limit)));
    }
    if (!fits(r.workers) && demands_.memory > 0) {
      throw core::InputError(fmt::format(
          "memory: {} {} not be kept: {} needs {}{}; allow {} or use fewer workers or calibration "
          "images",
          text(memory_), r.workers == 1 ? "can" : fmt::format("for {} workers can", r.workers),
          largest.which, text(largest.least), r.workers == 1 ? "" : " in each",
          text(largest.least * r.workers)));
    }
    if (!r.spills) return;
    const core::ScratchRoom room = core::scratch_room(r.scratch);
    const double files = largest.stored * r.workers;
    if (room.memory) {
      throw core::InputError(
          fmt::format("{}: lies in memory, so that nothing is gained by keeping {} there; give "
                      "a folder on a disk with --scratch",
                      r.scratch, text(files)));
    }
    if (static_cast<double>(room.free_bytes) < files) {
      throw core::InputError(
          fmt::format("{}: {} are needed for what memory has no room for, {} "
                      "are free; give another folder with --scratch",
                      r.scratch, text(files), text(static_cast<double>(room.free_bytes))));
    }
  }

  std::string memory_line(const Resources& r) const {
    const LargestCell& largest = situation_.largest;
    std::string line = fmt::format(
        "memory: {} {}, largest cell {} ({})", text(static_cast<double>(r.memory)),
        r.workers == 1 ? "allowed" : "allowed for each worker", text(largest.all), largest.which);
    if (r.spills) {
      line += fmt::format("; with {} of inputs and targets in files in {} at least {}",
                          text(largest.stored), r.scratch, text(largest.least));
    }
    if (!fits(r.workers)) line += "; that may be too little";
    return line;
  }

  const Demands& demands_;
  const Situation& situation_;
  int threads_;
  double memory_;
};

}  // namespace

Resources choose_resources(const Demands& demands, const Situation& situation) {
  return Chooser(demands, situation).choose();
}

Situation situation_of(const Plan& plan, const std::vector<std::size_t>& todo, Workbench& workbench,
                       double seconds) {
  Situation out{.cells = todo.size(), .seconds = seconds, .largest = {}, .measure = {}};
  const std::size_t left = core::process_memory_left();
  const double process = static_cast<double>(core::resident_memory()) -
                         static_cast<double>(core::pool_stats().cached_bytes) + kLater;
  if (left < std::numeric_limits<std::size_t>::max())
    out.process_limit = process + static_cast<double>(left) - kSpace;
  const Cell* longest = nullptr;
  for (const std::size_t position : todo) {
    const Cell& cell = plan.cells[position];
    if (!longest || cell.work > longest->work) longest = &cell;
    const CellMemory m = workbench.memory(cell);
    LargestCell& largest = out.largest;
    if (process + m.all() > largest.all) {
      largest.which = fmt::format("{} {} ({}), unit {}", cell.model, cell.method,
                                  cell.id.substr(0, 12), m.unit);
    }
    largest.least = std::max(largest.least, process + m.least());
    largest.all = std::max(largest.all, process + m.all());
    largest.stored = std::max(largest.stored, m.stored);
  }
  out.measure = [file = plan.spec.file, longest](const Split& split) {
    return probe_split(std::filesystem::read_symlink("/proc/self/exe").string(), file, *longest,
                       split);
  };
  return out;
}

}  // namespace experiments
