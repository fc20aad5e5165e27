// status, table, plot, units, show and merge: what is in a results folder.
#include <filesystem>
#include <map>
#include <memory>

#include "core/error.h"
#include "core/io/file.h"
#include "experiments/cell_file.h"
#include "experiments/commands.h"
#include "experiments/json.h"
#include "experiments/merge.h"
#include "experiments/plot.h"
#include "experiments/runner.h"
#include "experiments/scalar.h"
#include "experiments/units.h"

namespace experiments {
namespace {

struct Arguments {
  std::string experiment, out, format = "terminal", id, filter;
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
      failures += fmt::format("  {} {}: {}\n", r.id.substr(0, 12), r.status, r.message);
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

/// The results folder among `results/*` (or the given one) that knows the cell.
std::pair<ResultsFolder, std::string> find_cell(const Arguments& a) {
  if (!a.experiment.empty() || !a.out.empty()) {
    const ResultsFolder folder = locate(a.experiment, a.out);
    return {folder, folder.complete_id(a.id)};
  }
  std::vector<std::pair<ResultsFolder, std::string>> found;
  if (std::filesystem::is_directory("results")) {
    for (const auto& entry : std::filesystem::directory_iterator("results")) {
      const ResultsFolder folder(entry.path().string());
      if (!folder.exists()) continue;
      try {
        found.emplace_back(folder, folder.complete_id(a.id));
      } catch (const core::InputError&) {
        continue;  // not in this folder, or not unique in it
      }
    }
  }
  core::require_input("show", !found.empty(),
                      "no folder below results/ has exactly one cell whose id starts with '{}'",
                      a.id);
  core::require_input("show", found.size() == 1,
                      "{} folders below results/ have such a cell; name one with --in",
                      found.size());
  return found.front();
}

std::string units_text(const core::h5::File& cell) {
  if (!cell.exists("units/path")) return "";
  const std::vector<std::string> paths = cell.read_strings("units/path"),
                                 phases = cell.read_strings("units/phase");
  if (paths.empty()) return "no unit was reconstructed\n";
  std::vector<std::vector<std::string>> rows{{"unit", "phase", "steps", "loss rtn", "loss soft",
                                              "loss hard", "flips %", "undecided %", "clipped %"}};
  const auto column = [&cell](const char* name) {
    return cell.read(std::string("units/") + name).values();
  };
  const auto iterations = column("iterations"), rtn = column("loss_rtn"),
             soft = column("loss_soft"), hard = column("loss_hard"), flips = column("flips"),
             undecided = column("undecided"), clipped = column("clipped");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    rows.push_back({paths[i], phases[i], fmt::format("{:.0f}", iterations[i]),
                    fmt::format("{:.4g}", rtn[i]), fmt::format("{:.4g}", soft[i]),
                    fmt::format("{:.4g}", hard[i]), fmt::format("{:.1f}", 100 * flips[i]),
                    fmt::format("{:.1f}", 100 * undecided[i]),
                    fmt::format("{:.1f}", 100 * clipped[i])});
  }
  return aligned(rows);
}

/// The quantisers of a cell, as they came to be.
std::string map_text(const core::h5::File& cell) {
  const std::vector<std::string> site = cell.read_strings("map/site"),
                                 grid = cell.read_strings("map/grid");
  std::vector<std::vector<std::string>> rows{{"site", "grid"}};
  for (std::size_t i = 0; i < site.size(); ++i) rows.push_back({site[i], grid[i]});
  return aligned(rows);
}

void print_show(const Context& context, const Arguments& a) {
  const auto [folder, id] = find_cell(a);
  if (!folder.done(id)) {
    const auto failure = folder.failure(id);
    throw core::InputError(
        fmt::format("show: cell {} is {}", id.substr(0, 12),
                    failure ? failure->status + ": " + failure->message : "not computed yet"));
  }
  const core::h5::File cell = open_cell(folder.cell_path(id));
  const CellSummary s = read_summary(cell);
  const core::Value config = parse_json(cell.string_attribute("config_json"), cell.where());
  if (a.json) {
    const core::Value provenance =
        parse_json(cell.string_attribute("provenance_json"), cell.where());
    return print(context, json_text(core::Value(core::Value::Map{{"id", id},
                                                                 {"status", s.status},
                                                                 {"message", s.message},
                                                                 {"top1", s.top1},
                                                                 {"fp_top1", s.fp_top1},
                                                                 {"images", s.images},
                                                                 {"seconds", s.seconds},
                                                                 {"config", config},
                                                                 {"provenance", provenance}})) +
                              "\n");
  }
  std::string text =
      fmt::format("# cell {} ({})\n# {}: top-1 {:.2f} %, float {:.2f} %, {} images, {:.1f} s\n", id,
                  cell.where().substr(0, cell.where().find(": ")), s.status, s.top1, s.fp_top1,
                  s.images, s.seconds);
  if (!s.message.empty()) text += "# " + s.message + "\n";
  if (s.average_bits)
    text += fmt::format("# bits of a weight on average: {:.4f}\n", *s.average_bits);
  text += "# This file runs the cell again: roundtable run FILE\n";
  const core::Value document(core::Value::Map{
      {"schema", std::string(kSchema)}, {"name", "cell-" + id.substr(0, 12)}, {"base", config}});
  text += yaml_text(document) + "\n";
  for (const std::string& line :
       {units_text(cell), map_text(cell),
        "provenance\n" +
            yaml_text(parse_json(cell.string_attribute("provenance_json"), cell.where()))}) {
    std::string comment = "# ";
    for (const char c : line) comment += c == '\n' ? std::string("\n# ") : std::string(1, c);
    text += comment.substr(0, comment.size() - 2) + "#\n";
  }
  print(context, text);
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
    print(context, render(report_table(read_index(folder, a->filter), folder), format));
  });
}

void add_plot(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  auto options = std::make_shared<PlotOptions>();
  auto to = std::make_shared<std::string>();
  CLI::App* sub = app.add_subcommand("plot", "draw the results as lines over one axis (SVG)");
  where_options(sub, *a);
  sub->add_option("--x", options->x, "axis along x (default the columns of the report)");
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
  sub->add_option("--format", a->format, "terminal, md, csv or json");
  sub->add_flag("--json", a->json, "the same as --format json");
  sub->callback([a, &context] {
    const Format format = format_named(a->format);
    const ResultsFolder folder = locate(a->experiment, a->out);
    const std::vector<UnitShare> shares = unit_shares(folder.read_index(), folder);
    print(context, a->json || format == Format::json ? json_text(units_value(shares)) + "\n"
                                                     : render(units_table(shares), format));
  });
}

void add_show(CLI::App& app, Context& context) {
  auto a = std::make_shared<Arguments>();
  CLI::App* sub =
      app.add_subcommand("show", "one cell: resolved configuration, log of its units, provenance");
  sub->add_option("id", a->id, "first digits of the id")->required();
  sub->add_option("--in", a->experiment,
                  "experiment file or results folder (default: look below results/)");
  sub->add_option("--out", a->out, "results folder");
  sub->add_flag("--json", a->json, "as JSON");
  sub->callback([a, &context] { print_show(context, *a); });
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
