// The command line: one function per subcommand adds it to the parser, with its options and its
// action.
//
// Actions write to `out` and throw; dispatch() turns exceptions into one line `error: ...` and the
// exit code: 0 all done, 1 some cells failed or a check failed, 2 wrong usage or input, 75
// interrupted and resumable.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "experiments/results/plot.h"
#include "experiments/results/report.h"
#include "experiments/spec/expand.h"
#include "experiments/spec/filter.h"
#include "experiments/store/store.h"

namespace experiments {

struct Context {
  std::vector<std::string> argv;
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  int exit_code = 0;
};

void add_plan(CLI::App& app, Context& context);    // commands_run.cpp
void add_run(CLI::App& app, Context& context);     //   run and resume
void add_cell(CLI::App& app, Context& context);    //   the worker, hidden
void add_probe(CLI::App& app, Context& context);   //   its measurement, hidden
void add_status(CLI::App& app, Context& context);  // commands_results.cpp
void add_table(CLI::App& app, Context& context);
void add_plot(CLI::App& app, Context& context);
void add_units(CLI::App& app, Context& context);
void add_merge(CLI::App& app, Context& context);
void add_show(CLI::App& app, Context& context);        // commands_show.cpp
void add_show_quant(CLI::App& app, Context& context);  // commands_info.cpp
void add_methods(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_data(CLI::App& app, Context& context);
void add_selftest(CLI::App& app, Context& context);
void add_train(CLI::App& app, Context& context);

/// Parses and runs one command line; argv[0] is the program.
int dispatch(Context context);

// Shared by the commands.

/// throws: Error when it cannot be written.  A pipe whose reader is gone ends the command quietly
/// with the exit code that a shell gives for SIGPIPE.
void print(const Context& context, const std::string& text);
/// Rows aligned in columns, the first row being the header.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
/// Reads an experiment file and applies `key=value` and `~key`.
Spec load_spec(const std::string& file, const std::vector<std::string>& overrides);
/// The results folder of an experiment file, or the folder itself.
ResultsFolder locate(const std::string& experiment, const std::string& out);
/// The cells that a filter lets through; `points` are those of the index's cells, in order.
/// throws: ConfigError for a malformed filter, InputError when it lets no cell through.
Index filtered(Index index, const std::vector<Point>& points, const std::string& filter);
/// The index of a results folder; with a filter, of the cells that it lets through.
Index read_index(const ResultsFolder& folder, const std::string& filter);
/// The table of an index, with notes on where settings come from and on failures; `records` are
/// those of the index's cells, in order.
Table report_table(const Index& index, const std::vector<Record>& records);
/// The same cells as lines.  throws: InputError where they make no plot (plot.h).
Plot report_plot(const Index& index, const std::vector<Record>& records,
                 const PlotOptions& options = {});

}  // namespace experiments
