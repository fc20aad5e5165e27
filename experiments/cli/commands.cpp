#include "experiments/cli/commands.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <new>
#include <set>

#include "core/error.h"
#include "core/system/monitor.h"
#include "experiments/process/signals.h"
#include "experiments/results/choose.h"
#include "experiments/run/runner.h"
#include "experiments/spec/overrides.h"
#include "experiments/spec/parse.h"
#include "experiments/text/yaml.h"
#include "quant/method/method.h"

namespace experiments {
namespace {

constexpr int kUsage = 2;
constexpr int kReaderGone = 128 + SIGPIPE;  // as a shell reports a tool that the signal ended

/// Who reads standard output has read enough, as `head` has: nothing to complain about.
struct ReaderGone {};

const char* const kFooter =
    "Examples:\n"
    "  roundtable run experiments/quickstart.yaml\n"
    "  roundtable run experiments/quickstart.yaml learn.iters=1000 --filter "
    "'method=brecq,quant.weight.bits<4'\n"
    "  roundtable plan experiments/quickstart.yaml --json\n"
    "  roundtable table experiments/quickstart.yaml --format md\n"
    "  roundtable show 1f2e3d\n"
    "Relative paths in an experiment file are looked up from the current folder, then from the "
    "folder of the\n"
    "file and its parents.  Exit codes: 0 done, 1 some cells failed, 2 wrong input, 75 interrupted "
    "(run the\n"
    "same command again to continue).";

/// CLI11 only says that arguments were not expected; say which command may have been meant.
void check_command(const CLI::App& app, const std::vector<std::string>& argv) {
  if (argv.size() < 2 || argv[1].starts_with("-")) return;
  std::vector<std::string> known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->check_name(argv[1])) return;
    if (!sub->get_group().empty()) known.push_back(sub->get_name());
  }
  throw core::InputError(fmt::format("unknown command '{}'{}; see roundtable help", argv[1],
                                     core::known_hint(argv[1], known)));
}

/// `help run` is `run --help`.
void read_help(std::vector<std::string>& argv) {
  if (argv.size() < 2 || argv[1] != "help") return;
  argv.erase(argv.begin() + 1);
  argv.emplace_back("--help");
}

/// For the first option of a command line that its command does not have: the nearest, all, and
/// where they are explained.
std::string option_hint(CLI::App& app, const std::vector<std::string>& argv) {
  CLI::App* command = &app;
  std::string names = "roundtable help";
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::vector<CLI::App*> below =
        command->get_subcommands([&](CLI::App* sub) { return sub->check_name(argv[i]); });
    if (!below.empty()) {
      command = below.front();
      names += " " + argv[i];
      continue;
    }
    const std::string name = argv[i].substr(0, argv[i].find('='));
    if (!name.starts_with("-") || name == "-" || command->get_option_no_throw(name)) continue;
    std::vector<std::string> known;
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
    }
    return core::known_hint(name, known) + "; see " + names;
  }
  return "; see " + names;
}

int parse_and_run(Context& context) {
  CLI::App app{"Roundtable: grids of post-training quantization experiments", "roundtable"};
  app.set_version_flag("--version", "roundtable " ROUNDTABLE_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  for (const auto add : {add_plan, add_run, add_cell, add_probe, add_status, add_table, add_plot,
                         add_units, add_show, add_merge, add_show_quant, add_methods, add_schema,
                         add_data, add_selftest, add_train}) {
    add(app, context);
  }
  app.add_subcommand("help", "this text, or that of a command: roundtable help run");
  read_help(context.argv);
  check_command(app, context.argv);
  std::vector<std::string> arguments(context.argv.rbegin(), context.argv.rend());
  if (!arguments.empty()) arguments.pop_back();  // CLI11 takes them reversed, without the program
  try {
    app.parse(arguments);
  } catch (const CLI::Success& e) {  // --help, --version
    std::ostringstream text;
    app.exit(e, text, text);
    print(context, text.str());
  } catch (const CLI::ParseError& e) {
    throw core::InputError(e.what() + option_hint(app, context.argv));
  }
  return context.exit_code;
}

std::string title_of(const Index& index) { return index.title.empty() ? index.name : index.title; }

std::string override_note(const Index& index, const std::string& method) {
  std::set<std::string> ours;
  for (const IndexEntry& e : index.cells) {
    if (e.method == method) ours.insert(e.overridden.begin(), e.overridden.end());
  }
  if (ours.empty()) return "settings as published";
  return "ours instead of the preset's: " + fmt::format("{}", fmt::join(ours, ", "));
}

}  // namespace

int dispatch(Context context) {
  const auto error = [&context](const char* message, int code) {
    std::fprintf(context.err, "error: %s\n", message);
    return code;
  };
  try {
    return parse_and_run(context);
  } catch (const ReaderGone&) {
    return kReaderGone;
  } catch (const core::Interrupted& e) {
    return error(e.what(), kExitInterrupted);
  } catch (const core::InputError& e) {
    return error(e.what(), kUsage);
  } catch (const std::filesystem::filesystem_error& e) {  // a path that cannot even be looked at
    return error(fmt::format("{}: {}", e.path1().string(), e.code().message()).c_str(), kUsage);
  } catch (const std::bad_alloc&) {
    return error("out of memory", 1);
  } catch (const std::exception& e) {
    return error(e.what(), 1);
  }
}

void print(const Context& context, const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), context.out) == text.size();
  if (written && std::fflush(context.out) == 0) return;
  if (errno == EPIPE) throw ReaderGone();
  throw core::Error(fmt::format("standard output cannot be written: {}", std::strerror(errno)));
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  Table table{.title = "",
              .header = rows[0],
              .rows = {rows.begin() + 1, rows.end()},
              .labels = rows[0].size(),
              .notes = {}};
  return render(table, Format::terminal);
}

Spec load_spec(const std::string& file, const std::vector<std::string>& overrides) {
  core::Value document = load_yaml(file);
  override_document(document, parse_overrides(overrides));
  return parse_spec(std::move(document), file);
}

ResultsFolder locate(const std::string& experiment, const std::string& out) {
  if (!out.empty()) return ResultsFolder(out);
  if (std::filesystem::is_directory(experiment)) return ResultsFolder(experiment);
  ResultsFolder folder("results/" + load_spec(experiment, {}).name);
  core::require_input(experiment, folder.exists(),
                      "there are no results yet in {}; start with `roundtable run {}`",
                      folder.path(), experiment);
  return folder;
}

Index filtered(Index index, const std::vector<Point>& points, const std::string& filter) {
  const Filter lets_through(filter);
  lets_through.require_match(points);
  std::vector<IndexEntry> cells;
  for (std::size_t i = 0; i < index.cells.size(); ++i) {
    if (lets_through(points.at(i))) cells.push_back(std::move(index.cells[i]));
  }
  index.cells = std::move(cells);
  return index;
}

Index read_index(const ResultsFolder& folder, const std::string& filter) {
  Index index = folder.read_index();
  if (filter.empty()) return index;
  const std::vector<Point> points = expand(parse_spec(index.document, index.file));
  core::require_input("--filter", points.size() == index.cells.size(),
                      "{} was made by another version of the program; `run` brings it up to date",
                      folder.path());
  return filtered(std::move(index), points, filter);
}

Table report_table(const Index& index, const std::vector<Record>& records) {
  Table table = build_table(title_of(index), index.keys, index.report, records, index.sweep);
  for (const std::string& note : sweep_notes(index.sweep)) table.notes.push_back(note);
  std::set<std::string> methods;
  for (const IndexEntry& e : index.cells) methods.insert(e.method);
  const std::vector<std::string> known = quant::method_names();
  for (const std::string& name : methods) {
    if (std::find(known.begin(), known.end(), name) == known.end()) continue;
    const std::unique_ptr<quant::Method> method = quant::method_named(name);
    std::string note =
        fmt::format("{}: {}; {}", name, method->source(), override_note(index, name));
    for (const quant::Setting& s : method->settings()) {
      if (index.sweep.find(s.path) && !s.fixed())
        note += fmt::format("; published {}: {} ({})", s.path, s.value.str(), s.source);
    }
    table.notes.push_back(std::move(note));
  }
  // One line a reason: a mistake in a file fails every cell in the same way.
  std::map<std::string, std::vector<std::string>> reasons;
  for (const Record& r : records) {
    if (r.status != "ok" && r.status != "pending")
      reasons[r.status + ": " + r.explanation()].push_back(r.id.substr(0, 12));
  }
  for (const auto& [reason, ids] : reasons) {
    const std::string more = ids.size() > 1 ? fmt::format(" and {} more", ids.size() - 1) : "";
    table.notes.push_back(ids[0] + more + " " + reason);
  }
  return table;
}

Plot report_plot(const Index& index, const std::vector<Record>& records,
                 const PlotOptions& options) {
  return build_plot(title_of(index), index.keys, index.report, records, index.sweep, options);
}

}  // namespace experiments
