// show: one cell in full, as YAML that runs it again.
#include <cmath>
#include <filesystem>
#include <memory>

#include "core/error.h"
#include "experiments/cell/cell_file.h"
#include "experiments/cli/commands.h"
#include "experiments/text/json.h"
#include "experiments/text/key_order.h"
#include "experiments/text/scalar.h"
#include "experiments/text/yaml.h"

namespace experiments {
namespace {

struct ShowArguments {
  std::string experiment, out, id;
  bool json = false;
};

/// The results folder among `results/*` (or the given one) that knows the cell.
std::pair<ResultsFolder, std::string> find_cell(const ShowArguments& a) {
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

/// The log of the units, as columns of one length.
struct UnitLogs {
  std::vector<std::string> path, phase;
  std::vector<std::pair<std::string, std::vector<double>>> numbers;  // by name
};

UnitLogs unit_logs(const H5Content& cell) {
  UnitLogs out{.path = cell.texts("units/path"), .phase = {}, .numbers = {}};
  const std::size_t n = out.path.size();
  out.phase = cell.texts("units/phase", n);
  for (const char* name : {"iterations", "loss_rtn", "loss_soft", "loss_hard", "flips", "undecided",
                           "clipped", "rolled_back"})
    out.numbers.emplace_back(name, cell.numbers(std::string("units/") + name, n));
  return out;
}

std::string units_text(const H5Content& cell) {
  const UnitLogs logs = unit_logs(cell);
  if (logs.path.empty()) return "no unit was reconstructed\n";
  std::vector<std::vector<std::string>> rows{{"unit", "phase", "steps", "loss rtn", "loss soft",
                                              "loss hard", "flips %", "undecided %", "clipped %"}};
  const auto at = [&](std::size_t column, std::size_t i) { return logs.numbers[column].second[i]; };
  for (std::size_t i = 0; i < logs.path.size(); ++i) {
    std::vector<std::string> row{logs.path[i], logs.phase[i], fmt::format("{:.0f}", at(0, i))};
    for (const std::size_t loss : {1, 2, 3}) row.push_back(fmt::format("{:.4g}", at(loss, i)));
    for (const std::size_t share : {4, 5, 6})
      row.push_back(fmt::format("{:.1f}", 100 * at(share, i)));
    rows.push_back(std::move(row));
  }
  return aligned(rows);
}

/// One map a unit; a loss that is not finite is null.
core::Value units_list(const H5Content& cell) {
  const UnitLogs logs = unit_logs(cell);
  core::Value::List out;
  for (std::size_t i = 0; i < logs.path.size(); ++i) {
    core::Value::Map row{{"path", logs.path[i]}, {"phase", logs.phase[i]}};
    for (const auto& [name, column] : logs.numbers) {
      const double v = column[i];
      if (name == "iterations")
        row.emplace_back(name, static_cast<std::int64_t>(std::llround(v)));
      else if (name == "rolled_back")
        row.emplace_back(name, v != 0);
      else
        row.emplace_back(name, std::isfinite(v) ? core::Value(v) : core::Value());
    }
    out.emplace_back(std::move(row));
  }
  return core::Value(std::move(out));
}

/// The quantisers of a cell, as they came to be.
std::string map_text(const H5Content& cell) {
  const std::vector<std::string>& site = cell.texts("map/site");
  const std::vector<std::string>& grid = cell.texts("map/grid", site.size());
  std::vector<std::vector<std::string>> rows{{"site", "grid"}};
  for (std::size_t i = 0; i < site.size(); ++i) rows.push_back({site[i], grid[i]});
  return aligned(rows);
}

void print_cell_json(const Context& context, const H5Content& cell, const CellSummary& s,
                     const core::Value& config, const core::Value& provenance) {
  core::Value::Map out{{"id", s.id},
                       {"status", s.status},
                       {"message", s.message},
                       {"top1", s.top1},
                       {"fp_top1", s.fp_top1},
                       {"images", s.images},
                       {"seconds", s.seconds},
                       {"config", config},
                       {"units", units_list(cell)},
                       {"provenance", provenance}};
  print(context, json_text(core::Value(std::move(out))) + "\n");
}

void print_show(const Context& context, const ShowArguments& a) {
  const auto [folder, id] = find_cell(a);
  if (!folder.done(id)) {
    const auto failure = folder.failure(id);
    throw core::InputError(
        fmt::format("show: cell {} is {}", id.substr(0, 12),
                    failure ? failure->status + ": " + failure->message : "not computed yet"));
  }
  H5Reader reader;
  const H5Content cell = open_cell(reader, folder.cell_path(id), id);
  const CellSummary s = read_summary(cell);
  const core::Value config = in_key_order(parse_json(cell.text("config_json"), cell.where)),
                    provenance = parse_json(cell.text("provenance_json"), cell.where);
  if (a.json) return print_cell_json(context, cell, s, config, provenance);
  std::string text =
      fmt::format("# cell {} ({})\n# {}: top-1 {:.2f} %, float {:.2f} %, {} images, {:.1f} s\n", id,
                  cell.where, s.status, s.top1, s.fp_top1, s.images, s.seconds);
  if (!s.message.empty()) text += "# " + s.message + "\n";
  if (s.fp_not_finite > 0)
    text += fmt::format("# the float network gives logits that are not finite for {} images\n",
                        s.fp_not_finite);
  if (s.average_bits)
    text += fmt::format("# bits of a weight on average: {:.4f}\n", *s.average_bits);
  text += "# This file runs the cell again: roundtable run FILE\n";
  const core::Value document(core::Value::Map{
      {"schema", std::string(kSchema)}, {"name", "cell-" + id.substr(0, 12)}, {"base", config}});
  text += yaml_text(document) + "\n";
  for (const std::string& line :
       {units_text(cell), map_text(cell), "provenance\n" + yaml_text(provenance)}) {
    std::string comment = "# ";
    for (const char c : line) comment += c == '\n' ? std::string("\n# ") : std::string(1, c);
    text += comment.substr(0, comment.size() - 2) + "#\n";
  }
  print(context, text);
}

}  // namespace

void add_show(CLI::App& app, Context& context) {
  auto a = std::make_shared<ShowArguments>();
  CLI::App* sub =
      app.add_subcommand("show", "one cell: resolved configuration, log of its units, provenance");
  sub->add_option("id", a->id, "first digits of the id")->required();
  sub->add_option("--in", a->experiment,
                  "experiment file or results folder (default: look below results/)");
  sub->add_option("--out", a->out, "results folder");
  sub->add_flag("--json", a->json, "as JSON");
  sub->callback([a, &context] { print_show(context, *a); });
}

}  // namespace experiments
