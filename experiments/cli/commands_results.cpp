// status, table, plot, units and merge: what is in a results folder.
#include <algorithm>
#include <map>
#include <memory>

#include "core/error.h"
#include "core/system/file.h"
#include "experiments/cli/commands.h"
#include "experiments/results/merge.h"
#include "experiments/results/plot.h"
#include "experiments/results/read_records.h"
#include "experiments/results/units.h"
#include "experiments/run/runner.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

struct Arguments {
  std::string experiment, out, format = "terminal", filter;
  bool json = false;
};

void where_options(CLI::App* sub, Arguments& a) {
  sub->add_option("experiment", a.experiment, "experiment file (YAML) or results folder")
      ->required();
  sub->add_option("--out", a.out, "results folder (default results/<name>)");
}

void filter_option(CLI::App* sub, Arguments& a) {
  sub->add_option("--filter", a.filter, "only these cells: 'method=brecq,quant.weight.bits<4'");
}

void print_status(const Context& context, const Arguments& a) {
  const ResultsFolder folder = locate(a.experiment, a.out);
  const Index index = folder.read_index();
  const std::vector<Record> records = read_records(index, folder);
  std::map<std::string, std::size_t> counts;
  core::Value::List list;
  double seconds = 0;
  std::string failures;
  for (const Record& r : records) {
    ++counts[r.status];
    if (r.done()) seconds += r.seconds;
    if (!r.message.empty())
      failures += fmt::format("  {} {}: {}\n", r.id.substr(0, 12), r.status, r.explanation());
    core::Value::Map choices;
    for (const auto& [key, label] : r.choices) choices.emplace_back(key, label);
    core::Value::Map row{{"id", r.id},
                         {"choices", std::move(choices)},
                         {"status", r.status},
                         {"message", r.message}};
    if (r.done())
      row.insert(row.end(), {{"top1", r.top1}, {"fp_top1", r.fp_top1}, {"seconds", r.seconds}});
    list.emplace_back(std::move(row));
  }
  if (a.json) return print(context, json_text(core::Value(std::move(list))) + "\n");
  std::string text = fmt::format("{} ({}): {} cells", index.name, folder.path(), records.size());
  for (const auto& [status, n] : counts) text += fmt::format(", {} {}", n, status);
  text += fmt::format("; {:.0f} s of computing so far\n", seconds);
  std::size_t others = 0;
  for (const std::string& id : folder.finished()) {
    const bool known =
        std::any_of(records.begin(), records.end(), [&](const Record& r) { return r.id == id; });
    if (!known) ++others;
  }
  if (others > 0)
    text += fmt::format(
        "{} finished cells of earlier versions of the file are kept and not shown\n", others);
  print(context, text + failures);
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("status", "count finished, failed and pending cells");
  where_options(sub, *a);
  sub->add_flag("--json", a->json, "one entry per cell, as JSON");
  sub->callback([a, &context] { print_status(context, *a); });
}

void add_table(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("table", "print the results as a table");
  where_options(sub, *a);
  filter_option(sub, *a);
  sub->add_option("--format", a->format, "terminal, md, csv or json");
  sub->callback([a, &context] {
    const Format format = format_named(a->format);
    const ResultsFolder folder = locate(a->experiment, a->out);
    const Index index = read_index(folder, a->filter);
    print(context, render(report_table(index, read_records(index, folder)), format));
  });
}

void add_plot(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  auto options = std::make_shared<PlotOptions>();
  auto to = std::make_shared<std::string>();
  CLI::App* sub = app.add_subcommand("plot", "draw the results as lines over one axis (SVG)");
  where_options(sub, *a);
  sub->add_option(
      "--x", options->x,
      "axis along x, by its key or as tables name it (default: of the report's columns)");
  sub->add_option("--panel", options->panel, "axis with a panel a value (default model)");
  sub->add_option("--to", *to, "file to write (default plot.svg in the results folder)");
  filter_option(sub, *a);
  sub->footer("Example:\n  roundtable plot experiments/quickstart.yaml --x quant.weight.bits");
  sub->callback([=, &context] {
    const ResultsFolder folder = locate(a->experiment, a->out);
    const Index index = read_index(folder, a->filter);
    const std::string path = to->empty() ? folder.path() + "/plot.svg" : *to;
    core::publish(path, svg(report_plot(index, read_records(index, folder), *options)));
    print(context, path + "\n");
  });
}

void add_units(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand(
      "units", "share of units whose final loss is at most that of round to nearest");
  where_options(sub, *a);
  filter_option(sub, *a);
  sub->add_option("--format", a->format, "terminal, md, csv or json");
  sub->add_flag("--json", a->json, "the same as --format json");
  sub->callback([a, &context] {
    const Format format = format_named(a->format);
    const ResultsFolder folder = locate(a->experiment, a->out);
    const std::vector<UnitShare> shares = unit_shares(read_index(folder, a->filter), folder);
    print(context, a->json || format == Format::json ? json_text(units_value(shares)) + "\n"
                                                     : render(units_table(shares), format));
  });
}

void add_merge(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  CLI::App* sub =
      app.add_subcommand("merge", "make results.h5 and cells.csv from the finished cells");
  where_options(sub, *a);
  sub->callback([a, &context] {
    const ResultsFolder folder = locate(a->experiment, a->out);
    const MergeResult merged = merge(folder.read_index(), folder);
    for (const std::string& message : merged.damaged) print(context, "damaged: " + message + "\n");
    print(context, fmt::format("{0}/results.h5 and {0}/cells.csv: {1} cells, {2} missing\n",
                               folder.path(), merged.merged, merged.missing));
    context.exit_code = merged.damaged.empty() ? 0 : 1;
  });
}

}  // namespace experiments
