// plan, run, resume and the hidden worker command.
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "core/error.h"
#include "core/io/file.h"
#include "core/onednn/engine.h"
#include "core/threads.h"
#include "experiments/commands.h"
#include "experiments/forecast.h"
#include "experiments/groups.h"
#include "experiments/memory.h"
#include "experiments/merge.h"
#include "experiments/pool.h"
#include "experiments/probe.h"
#include "experiments/progress.h"
#include "experiments/provenance.h"
#include "experiments/resources.h"
#include "experiments/runner.h"
#include "experiments/scalar.h"
#include "experiments/signals.h"

namespace experiments {
namespace {

struct RunArguments {
  std::string file;
  std::vector<std::string> overrides;
  RunOptions options;
  Demands demands;
  std::string memory;  // as written
  bool dry_run = false, json = false;
};

void common_options(CLI::App* sub, RunArguments& a) {
  sub->add_option("experiment", a.file, "experiment file (YAML)")->required();
  sub->add_option("overrides", a.overrides, "key=value sets a key or an axis, ~key takes it out");
  sub->add_option("--out", a.options.out, "results folder (default results/<name>)");
  sub->add_option("--filter", a.options.filter,
                  "only these cells: 'method=brecq,quant.weight.bits<4'");
  sub->add_option("--limit", a.options.limit, "at most so many new cells")
      ->check(CLI::NonNegativeNumber);
  sub->add_flag("--force", a.options.force, "also cells that are done");
  sub->add_option("--workers", a.demands.workers,
                  "worker processes (default: as many as are measured to finish first)")
      ->check(CLI::Range(1, 1024));
  sub->add_option("--threads", a.demands.threads,
                  "threads of all workers together (default: what is allowed)")
      ->check(CLI::Range(1, 1024));
  sub->add_option("--memory", a.memory,
                  "memory of all workers together, like 8G or 512M (default: what is free); "
                  "inputs and targets of units that have no room go to files");
  sub->add_option("--scratch", a.demands.scratch,
                  "folder of those files (default TMPDIR, else /tmp)");
  sub->footer("Example: roundtable run experiments/quickstart.yaml --memory 8G --scratch /scratch");
}

constexpr StopNotices kNotices{
    .first = "\nstopping: finished cells are kept and merged; Ctrl-C again ends at once\n",
    .again =
        "\ninterrupted: finished cells are kept; results.h5 and cells.csv are not brought up "
        "to date: `roundtable merge` does that, the same command continues\n"};

std::string division(const Resources& r) {
  return fmt::format("{} worker(s) x {} thread(s)", r.workers, r.threads);
}

/// Workers, threads and memory of what is to do.
Resources resources_for(RunArguments& a, const Plan& plan, const std::vector<std::size_t>& todo,
                        Workbench& workbench, const Forecast& forecast) {
  if (!a.memory.empty()) a.demands.memory = parse_bytes(a.memory);
  if (a.demands.scratch.empty())
    a.demands.scratch = std::filesystem::temp_directory_path().string();
  return choose_resources(a.demands, situation_of(plan, todo, workbench, forecast.total));
}

/// "caution: 3 cells: ..", a line for each caution of cells that the filter lets through.
std::string caution_lines(const Plan& plan, const std::string& filter) {
  const Filter lets_through(filter);
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (!plan.cells[i].caution.empty() && lets_through(plan.points[i]))
      ++counts[plan.cells[i].caution];
  }
  std::string out;
  for (const auto& [caution, count] : counts)
    out += fmt::format("caution: {} {}: {}\n", count, count == 1 ? "cell" : "cells", caution);
  return out;
}

/// Says which of the cells to do are there but damaged.
void tell_damaged(const Context& context, const std::vector<std::size_t>& todo,
                  const std::vector<Record>& records) {
  constexpr std::size_t kNamed = 5;
  std::size_t damaged = 0;
  for (const std::size_t i : todo) {
    if (records[i].status != "damaged" || ++damaged > kNamed) continue;
    std::fprintf(context.err, "%s\n", ("damaged, computed again: " + records[i].message).c_str());
  }
  if (damaged > kNamed) std::fprintf(context.err, "and %zu more\n", damaged - kNamed);
}

void print_plan(const Context& context, const Plan& plan, const ResultsFolder& folder,
                RunArguments& a, Workbench& workbench, double start) {
  const RunOptions& options = a.options;
  const std::vector<Record> records = read_records(plan.index(), folder);
  const std::vector<std::size_t> todo = pending_cells(plan, records, options);
  const Forecast forecast = forecast_of(plan, records, todo, workbench, start);
  const Resources resources = resources_for(a, plan, todo, workbench, forecast);
  const Index index = plan.index();
  std::vector<std::string> header{"id"};
  for (const std::string& name : short_names(index.keys)) header.push_back(name);
  header.insert(header.end(), {"status", "predicted"});
  std::vector<std::vector<std::string>> rows{header};
  core::Value::List list;
  const Filter filter(options.filter);
  filter.require_match(plan.points);
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (!filter(plan.points[i])) continue;
    const Cell& cell = plan.cells[i];
    const bool runs = std::find(todo.begin(), todo.end(), i) != todo.end();
    const double seconds = forecast.seconds[i];
    std::vector<std::string> row{cell.id.substr(0, 12)};
    core::Value::Map choices;
    for (const auto& [key, label] : index.cells[i].choices) {
      row.push_back(label);
      choices.emplace_back(key, label);
    }
    const std::string status = records[i].done() ? "done" : records[i].status;
    row.insert(row.end(), {status, runs ? duration_text(seconds) : ""});
    rows.push_back(std::move(row));
    list.push_back(core::Value::Map{{"id", cell.id},
                                    {"choices", std::move(choices)},
                                    {"status", status},
                                    {"runs", runs},
                                    {"predicted_seconds", seconds},
                                    {"caution", cell.caution}});
  }
  if (a.json) {
    core::Value::List reasons(resources.reasons.begin(), resources.reasons.end());
    print(context, json_text(core::Value(core::Value::Map{{"name", plan.spec.name},
                                                          {"out", folder.path()},
                                                          {"cells", std::move(list)},
                                                          {"predicted_seconds", forecast.total},
                                                          {"workers", resources.workers},
                                                          {"threads", resources.threads},
                                                          {"largest_cell_mb", resources.largest_mb},
                                                          {"resources", std::move(reasons)}})) +
                       "\n");
    return;
  }
  print(context, aligned(rows));
  print(context, fmt::format("{} cells, {} to run, about {}{}; results in {}\n", rows.size() - 1,
                             todo.size(), duration_text(forecast.total),
                             forecast.calibrated ? "" : " (a guess: no cell is finished yet)",
                             folder.path()));
  print(context,
        fmt::format("{}\n  {}\n", division(resources), fmt::join(resources.reasons, "\n  ")));
  print(context, caution_lines(plan, options.filter));
}

/// Publishes plot.svg where the report has an axis to draw along, and says where it is.
void publish_plot(const Context& context, const Index& index, const std::vector<Record>& records,
                  const ResultsFolder& folder) {
  std::optional<Plot> plot;
  try {
    plot = report_plot(index, records);
  } catch (const core::InputError&) {
    return;  // no axis, or too many lines: the table is what there is
  }
  const std::string path = folder.path() + "/plot.svg";
  core::publish(path, svg(*plot));
  std::fprintf(context.err, "plot: %s\n", path.c_str());
}

void run_experiment(Context& context, RunArguments& a) {
  install_signal_handlers(kNotices);
  core::set_threads(a.demands.threads > 0 ? a.demands.threads : core::available_threads());
  a.options.argv = context.argv;
  a.options.err = context.err;
  const Stopwatch watch;
  Workbench workbench(a.file);
  const Plan plan = make_plan(load_spec(a.file, a.overrides), workbench);
  const double started = watch.wall();
  const Index index = plan.index();
  ResultsFolder folder(results_path(plan.spec, a.options.out));
  if (a.dry_run) return print_plan(context, plan, folder, a, workbench, started);
  const Index shown = filtered(index, plan.points, a.options.filter);

  const std::vector<Record> before = read_records(index, folder);
  const std::vector<std::size_t> todo = pending_cells(plan, before, a.options);
  const Forecast forecast = forecast_of(plan, before, todo, workbench, started);
  const Resources resources = resources_for(a, plan, todo, workbench, forecast);
  a.options.expected = forecast.seconds;
  a.options.workers = resources.workers, a.options.threads = resources.threads;
  a.options.memory = resources.memory, a.options.scratch = resources.scratch;
  workbench.limit_memory(resources.memory, resources.scratch);
  core::set_threads(resources.workers > 1 ? resources.threads : core::threads());
  folder.open(index);
  std::fprintf(context.err, "%s\n",
               fmt::format("{}: {} cells, {} to run, {}, results in {}", plan.spec.name,
                           plan.cells.size(), todo.size(), division(resources), folder.path())
                   .c_str());
  tell_damaged(context, todo, before);
  if (!todo.empty()) {
    for (const std::string& reason : resources.reasons)
      std::fprintf(context.err, "  %s\n", reason.c_str());
  }
  const bool bf16 = std::any_of(plan.cells.begin(), plan.cells.end(), [](const Cell& cell) {
    const core::Value* precision = cell.config.find("precision");
    return precision && precision->as_string() && *precision->as_string() == "bf16";
  });
  if (const std::string note = bf16_note(core::onednn::isa()); bf16 && !note.empty())
    std::fprintf(context.err, "%s\n", note.c_str());
  std::fputs(caution_lines(plan, a.options.filter).c_str(), context.err);
  const RunSummary summary = run_cells(plan, workbench, folder, a.options);
  folder.sweep();  // a writer that was dying when the folder was opened is gone by now
  const MergeResult merged = merge(index, folder);
  if (summary.interrupted) {
    std::fprintf(
        context.err, "%s\n",
        fmt::format("interrupted: {} cells are kept, {} are left; the same command continues",
                    merged.merged, summary.left)
            .c_str());
    context.exit_code = kExitInterrupted;
    return;
  }
  const std::vector<Record> records = read_records(shown, folder);
  print(context, render(report_table(shown, records), Format::terminal));
  publish_plot(context, shown, records, folder);
  context.exit_code = summary.failed > 0 || !merged.damaged.empty() ? 1 : 0;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  auto a = std::make_shared<RunArguments>();
  CLI::App* sub =
      app.add_subcommand("plan", "list the cells, what is done and how long the rest may take");
  common_options(sub, *a);
  sub->add_flag("--json", a->json, "as JSON");
  sub->callback([a, &context] {
    core::set_threads(a->demands.threads > 0 ? a->demands.threads : core::available_threads());
    const Stopwatch watch;
    Workbench workbench(a->file);
    const Plan plan = make_plan(load_spec(a->file, a->overrides), workbench);
    const ResultsFolder folder(results_path(plan.spec, a->options.out));
    print_plan(context, plan, folder, *a, workbench, watch.wall());
  });
}

void add_run(CLI::App& app, Context& context) {
  for (const char* name : {"run", "resume"}) {
    auto a = std::make_shared<RunArguments>();
    const bool resume = std::string_view(name) == "resume";
    CLI::App* sub = app.add_subcommand(
        name, resume ? "the same as run: cells that are done are not computed again"
                     : "compute the cells that are missing, then print the table");
    common_options(sub, *a);
    sub->add_flag("--dry-run", a->dry_run, "only say what would run (plan)");
    sub->add_flag("--json", a->json, "with --dry-run: as JSON");
    sub->callback([a, &context] { run_experiment(context, *a); });
  }
}

void add_cell(CLI::App& app, Context& context) {
  struct Arguments {
    std::string out, file, scratch;
    int threads = 1;
    std::size_t memory = 0;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* sub =
      app.add_subcommand("cell", "compute cells that a parent process asks for on standard input");
  sub->group("");  // not in the help
  sub->add_option("--out", a->out, "results folder")->required();
  sub->add_option("--file", a->file, "experiment file")->required();
  sub->add_option("--threads", a->threads, "threads")->check(CLI::Range(1, 1024));
  sub->add_option("--memory", a->memory, "bytes");
  sub->add_option("--scratch", a->scratch, "folder of scratch files");
  sub->callback([a, &context] {
    core::set_threads(a->threads);
    Workbench workbench(a->file);
    workbench.limit_memory(a->memory, a->scratch);
    context.exit_code =
        worker_loop(workbench, ResultsFolder(a->out), build_provenance(context.argv));
  });
}

void add_probe(CLI::App& app, Context&) {
  struct Arguments {
    std::string file;
    int threads = 1;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("probe", "measure how fast a cell's network learns here");
  sub->group("");  // not in the help
  sub->add_option("--file", a->file, "experiment file")->required();
  sub->add_option("--threads", a->threads, "threads")->check(CLI::Range(1, 1024));
  sub->callback([a] {
    core::set_threads(a->threads);
    Workbench workbench(a->file);
    answer_probe(workbench);
  });
}

}  // namespace experiments
