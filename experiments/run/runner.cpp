#include "experiments/run/runner.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <new>
#include <set>

#include "core/error.h"
#include "core/system/file.h"
#include "core/system/threads.h"
#include "experiments/cell/cell_file.h"
#include "experiments/cell/cost.h"
#include "experiments/process/progress.h"
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

/// Everything but its choices.
Record read_record(const std::string& id, const ResultsFolder& folder, H5Reader& reader,
                   std::span<const std::string> datasets, const UseCell& use) {
  Record r;
  r.id = id;
  try {
    if (folder.done(id)) {
      const H5Content cell = open_cell(reader, folder.cell_path(id), id, datasets);
      const CellSummary s = read_summary(cell);
      Record read = r;
      read.status = s.status, read.message = s.message, read.top1 = s.top1;
      read.fp_top1 = s.fp_top1, read.images = s.images, read.seconds = s.seconds;
      read.calibration_loss = s.calibration_loss, read.val_top1 = s.val_top1;
      read.average_bits = s.average_bits, read.fp_not_finite = s.fp_not_finite;
      if (use) use(read, cell);
      return read;
    }
    if (const std::optional<Failure> failure = folder.failure(id))
      r.status = failure->status, r.message = failure->message;
  } catch (const core::InputError& e) {
    r.status = "damaged", r.message = e.what();
  }
  return r;
}

}  // namespace

Index Plan::index() const {
  Index out{.name = spec.name,
            .title = spec.title,
            .file = spec.file,
            .keys = spec.keys(),
            .report = spec.report,
            .sweep = spec.sweep,
            .document = spec.document,
            .cells = {}};
  for (const auto* list : {&spec.report.rows, &spec.report.cols}) {
    for (const std::string& key : *list) {
      if (std::find(out.keys.begin(), out.keys.end(), key) == out.keys.end())
        out.keys.push_back(key);
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    IndexEntry entry{.id = cell.id,
                     .choices = {},
                     .method = cell.method,
                     .model = cell.model,
                     .w_bits = cell.w_bits,
                     .a_bits = cell.a_bits,
                     .seed = cell.seed,
                     .work = cell.work,
                     .overridden = points[i].overridden};
    for (const std::string& key : out.keys) {
      if (const std::string* label = points[i].label(key)) {
        entry.choices.emplace_back(key, *label);
      } else if (spec.sweep.find(key)) {
        entry.choices.emplace_back(key, "-");  // this cell has nothing to choose
      } else if (const core::Value* v = cell.config.find_path(key)) {
        entry.choices.emplace_back(key, label_of(*v));
      } else {
        throw core::ConfigError(fmt::format("{}: report: '{}' is not a key of the cells{}",
                                            spec.file, key, core::known_hint(key, spec.keys())));
      }
    }
    out.cells.push_back(std::move(entry));
  }
  return out;
}

Plan make_plan(Spec spec, Workbench& workbench) {
  Plan plan{.spec = std::move(spec), .points = {}, .cells = {}};
  plan.points = expand(plan.spec);
  for (const Point& point : plan.points) plan.cells.push_back(workbench.resolve(point.tree));
  return plan;
}

std::string results_path(const Spec& spec, const std::string& out) {
  return out.empty() ? "results/" + spec.name : out;
}

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

CellOutcome compute_cell(Workbench& workbench, const Cell& cell, const ResultsFolder& folder,
                         const core::Value& process, core::Monitor& monitor) {
  const Stopwatch watch;
  CellOutcome outcome;
  std::vector<std::byte> bytes;
  try {
    const CellResult result = workbench.run(cell, monitor);
    bytes = encode_cell(cell, result, cell_provenance(process, watch));
    outcome = {.status = result.status,
               .message = result.message,
               .top1 = result.quantised.top1(),
               .seconds = watch.wall()};
  } catch (const core::Interrupted&) {
    throw;
  } catch (const std::exception& e) {
    const bool memory = dynamic_cast<const std::bad_alloc*>(&e) != nullptr;
    outcome = {.status = "failed",
               .message = memory ? "out of memory; `plan` says what the cell needs" : e.what(),
               .seconds = watch.wall()};
    folder.record_failure(cell.id, {outcome.status, outcome.message});
    return outcome;
  }
  folder.publish(cell.id, bytes);
  return outcome;
}

std::vector<Record> read_records(const Index& index, const ResultsFolder& folder) {
  return read_records(index, folder, summary_datasets(), {});
}

std::vector<Record> read_records(const Index& index, const ResultsFolder& folder,
                                 std::span<const std::string> datasets, const UseCell& use) {
  H5Reader reader;
  std::vector<Record> out;
  std::map<std::string, std::size_t> first;  // two points of a grid can be one cell
  for (const IndexEntry& entry : index.cells) {
    const auto [known, is_new] = first.emplace(entry.id, out.size());
    Record r = is_new ? read_record(entry.id, folder, reader, datasets, use) : out[known->second];
    r.choices = entry.choices;
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace experiments
