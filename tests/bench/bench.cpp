#include "tests/bench/bench.h"

#include <cstdio>
#include <fstream>

#include "core/error.h"
#include "core/system/threads.h"

namespace bench {

void Settings::add_to(CLI::App& app) {
  app.add_option("--threads", threads, "default: what this process may use");
  app.add_option("--seconds", seconds, "time for each row")->check(CLI::PositiveNumber);
  app.add_option("--only", only, "rows whose name contains this");
  app.add_option("--json", json, "also write the rows to this file");
}

Report::Report(const Settings& settings) : file_(settings.json) {
  core::set_threads(settings.threads > 0 ? settings.threads : core::available_threads());
}

void Report::heading(const std::string& text) const {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void Report::row(const std::string& text, nlohmann::json fields) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
  rows_.push_back(std::move(fields));
}

void Report::write() const {
  if (file_.empty()) return;
  std::ofstream out(file_);
  out << rows_.dump(1) << '\n';
  core::require_input(file_, out.good(), "file must be writable");
}

}  // namespace bench
