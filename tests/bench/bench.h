// The sections of roundtable-bench.  A section is one source with one line at its end:
//
//   static const bench::Section kSection{"products", "what it measures", define};
//
// where `define` adds options to a subcommand of its own and sets its callback.  Rows go to
// standard output as they come; a Report keeps them for `--json FILE` too, which is what bench.py
// reads.
#pragma once

#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Section {
  using Define = void (*)(CLI::App&);
  Section(std::string name, std::string help, Define define) {
    all().push_back({std::move(name), std::move(help), define});
  }
  struct Entry {
    std::string name, help;
    Define define;
  };
  static std::vector<Entry>& all() {
    static std::vector<Entry> entries;
    return entries;
  }
};

/// What every section can be told.
struct Settings {
  int threads = 0;       // 0: what this process may use
  double seconds = 0.3;  // of measuring, each row
  std::string only;      // rows whose name contains this
  std::string json;      // also write the rows to this file

  void add_to(CLI::App& app);
  bool wants(const std::string& name) const { return name.find(only) != std::string::npos; }
};

/// The rows of a section.  Also sets the number of threads.
class Report {
 public:
  explicit Report(const Settings& settings);
  void heading(const std::string& text) const;
  void row(const std::string& text, nlohmann::json fields);
  /// Writes the file that was asked for.  throws: InputError when that fails.
  void write() const;

 private:
  std::string file_;
  nlohmann::json rows_ = nlohmann::json::array();
};

}  // namespace bench
