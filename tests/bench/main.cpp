// roundtable-bench: one subcommand a section, see bench.h.
#include <cstdio>

#include "tests/bench/bench.h"

int main(int argc, char** argv) {
  CLI::App app{"Measurements of Roundtable on this machine"};
  app.require_subcommand(1);
  for (const bench::Section::Entry& section : bench::Section::all()) {
    section.define(*app.add_subcommand(section.name, section.help));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
  return 0;
}
