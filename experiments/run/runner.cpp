#include "experiments/run/runner.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/system/file.h"
#include "core/system/threads.h"
#include "experiments/cell/cost.h"
#include "experiments/process/progress.h"
#include "experiments/results/read_records.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/pool.h"
#include "experiments/run/provenance.h"
#include "experiments/spec/filter.h"

namespace experiments {
namespace {

/// What sets a cell apart, as "resnet20 brecq 4"; where nothing varies, its model and method.
std::string describe(const Plan& plan, std::size_t position) {
  std::string out;
  for (const auto& [key, choice] : plan.points[position].choices)
    out += (out.empty() ? "" : " ") + choice.label;
  const Cell& cell = plan.cells[position];
  return out.empty() ? cell.model + " " + cell.method : out;
}

/// Says what happened to a cell, and how long the rest may take.
class Announcer {
 public:
  Announcer(const Plan& plan, const std::vector<std::size_t>& todo, const RunOptions& options,
            int workers, Progress& progress)
      : plan_(plan),
        options_(options),
        progress_(progress),
        total_(todo.size()),
        workers_(workers) {
    for (const std::size_t position : todo) left_ += expected(position);
  }

  void finished(std::size_t position, const CellOutcome& outcome, RunSummary& summary) {
    const Cell& cell = plan_.cells[position];
    ++summary.computed;
    left_ -= expected(position);
    if (outcome.status == "ok" || outcome.status == "diverged")
      measured_.push_back({"", expected(position), outcome.seconds});
    std::string text = fmt::format("[{}/{}] {} {}: ", summary.computed, total_,
                                   cell.id.substr(0, 12), describe(plan_, position));
    text += outcome.status == "ok" ? fmt::format("{:.2f}", outcome.top1) : outcome.status;
    if (!outcome.message.empty()) text += " (" + outcome.message + ")";
    if (outcome.status == "failed" || outcome.status == "crashed") ++summary.failed;
    text += fmt::format("  {:.1f} s", outcome.seconds);
    if (summary.computed < total_) text += ", " + duration_text(left()) + " left";
    progress_.message(text);
  }

 private:
  /// In seconds, or in multiply-accumulates, which finished cells turn into seconds.
  double expected(std::size_t position) const {
    return options_.expected.empty() ? plan_.cells[position].work : options_.expected.at(position);
  }
  double left() const {
    if (measured_.empty() && options_.expected.empty()) return -1;  // unknown
    return std::max(0.0, CostModel(measured_).predict("", left_)) / workers_;
  }

  const Plan& plan_;
  const RunOptions& options_;
  Progress& progress_;
  std::size_t total_;
  int workers_;
  double left_ = 0;
  std::vector<Measured> measured_;
};

void run_here(const Plan& plan, const std::vector<std::size_t>& todo, Workbench& workbench,
              const ResultsFolder& folder, const RunOptions& options, Progress& progress,
              RunSummary& summary) {
  const core::Value process = build_provenance(options.argv);
  Announcer announcer(plan, todo, options, 1, progress);
  for (const std::size_t position : todo) {
    if (progress.stop_requested()) {
      summary.interrupted = true;
      return;
    }
    progress.set_prefix(
        fmt::format("[{}/{}] {}: ", summary.computed + 1, todo.size(), describe(plan, position)));
    try {
      const CellOutcome outcome =
          compute_cell(workbench, plan.cells[position], folder, process, progress);
      announcer.finished(position, outcome, summary);
    } catch (const core::Interrupted&) {
      summary.interrupted = true;
      return;
    }
  }
}

void run_in_workers(const Plan& plan, const std::vector<std::size_t>& todo,
                    const ResultsFolder& folder, const RunOptions& options, Progress& progress,
                    RunSummary& summary) {
  const int threads = options.threads > 0 ? options.threads : core::available_threads();
  const int workers = std::min<int>(options.workers, static_cast<int>(todo.size()));
  PoolOptions pool{.program = std::filesystem::read_symlink("/proc/self/exe").string(),
                   .arguments = {"cell", "--out", folder.path(), "--file", plan.spec.file,
                                 "--threads", std::to_string(threads), "--memory",
                                 std::to_string(options.memory), "--scratch", options.scratch},
                   .workers = workers,
                   .log_folder = folder.path() + "/logs"};
  core::make_directories(pool.log_folder);
  Announcer announcer(plan, todo, options, workers, progress);
  std::vector<std::string> at(static_cast<std::size_t>(workers));
  const PoolEvents events{
      .stop_requested = [&] { return summary.interrupted = progress.stop_requested(); },
      .progress =
          [&](int k, std::size_t cell, const std::string& task, double share) {
            at[static_cast<std::size_t>(k)] =
                fmt::format("{}: {} {:.0f} %", describe(plan, cell), task, 100 * share);
            if (progress.due())
              progress.status(
                  fmt::format("[{}/{}] {}", summary.computed, todo.size(), fmt::join(at, " | ")));
          },
      .finished =
          [&](std::size_t cell, const CellOutcome& outcome) {
            if (outcome.status == "crashed")
              folder.record_failure(plan.cells[cell].id, {outcome.status, outcome.message});
            announcer.finished(cell, outcome, summary);
          }};
  run_pool(plan, todo, pool, events);
}

}  // namespace

std::vector<std::size_t> pending_cells(const Plan& plan, const ResultsFolder& folder,
                                       const RunOptions& options) {
  return pending_cells(plan, read_records(plan.index(), folder), options);
}

std::vector<std::size_t> pending_cells(const Plan& plan, const std::vector<Record>& records,
                                       const RunOptions& options) {
  const Filter filter(options.filter);
  std::vector<std::size_t> out;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (!filter(plan.points[i]) || !seen.insert(plan.cells[i].id).second) continue;
    if (!options.force && records[i].done()) continue;
    if (options.limit > 0 && out.size() >= static_cast<std::size_t>(options.limit)) break;
    out.push_back(i);
  }
  return out;
}

RunSummary run_cells(const Plan& plan, Workbench& workbench, const ResultsFolder& folder,
                     const RunOptions& options) {
  const std::vector<std::size_t> todo = pending_cells(plan, folder, options);
  RunSummary summary;
  Progress progress({.out = options.err, .terminal = is_terminal(options.err)});
  if (options.workers > 1 && todo.size() > 1)
    run_in_workers(plan, todo, folder, options, progress, summary);
  else
    run_here(plan, todo, workbench, folder, options, progress, summary);
  summary.left = todo.size() - summary.computed;
  if (summary.left == 0) summary.interrupted = false;
  return summary;
}

}  // namespace experiments
