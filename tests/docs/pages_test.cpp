// README.md and docs/*.md say nothing that does not work: every YAML on them is planned, every
// command is run (with --dry-run or --help where it would take long), every option exists.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "core/error.h"
#include "core/system/file.h"
#include "experiments/run/runner.h"
#include "experiments/text/yaml.h"
#include "experiments/train/train_plan.h"
#include "tests/support/source_dir.h"
#include "tests/support/tiny_experiment.h"

namespace fs = std::filesystem;
using experiments::Workbench;
using support::roundtable;

namespace {

struct Piece {
  std::string where;  // "README.md:12"
  std::string kind;   // of a block: "yaml", "cpp", ""; "span" in running text, "command" in a table
  std::string text;
};

void add_spans(const std::string& where, const std::string& line, std::vector<Piece>& out) {
  static const std::regex span("`([^`]+)`");
  for (std::sregex_iterator it(line.begin(), line.end(), span), end; it != end; ++it)
    out.push_back({where, "span", (*it)[1]});
}

/// Blocks, spans, and the first column of tables headed `command`.
std::vector<Piece> pieces_of(const fs::path& page) {
  std::istringstream in(core::read_text(page.string()));
  std::vector<Piece> out;
  std::string text;
  bool block = false, commands = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string where = fmt::format("{}:{}", page.filename().string(), ++number);
    if (line.starts_with("```")) {
      block = !block;
      if (block) out.push_back({where, line.substr(3), ""});
    } else if (block) {
      out.back().text += line + "\n";
    } else {
      if (line.starts_with("| command |")) commands = true;
      if (!line.starts_with("|")) commands = false;
      std::vector<Piece> spans;
      add_spans(where, commands ? line.substr(0, line.find(" | ")) : line, spans);
      for (Piece& p : spans) {
        if (commands) p.kind = "command";
        out.push_back(std::move(p));
      }
    }
  }
  return out;
}

/// Of all pages but the generated reference.
std::vector<Piece> pieces() {
  const fs::path root = support::source_dir();
  std::vector<fs::path> pages{root / "README.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md" && entry.path().filename() != "config.md")
      pages.push_back(entry.path());
  }
  std::vector<Piece> out;
  for (const fs::path& page : pages) {
    for (Piece& piece : pieces_of(page)) out.push_back(std::move(piece));
  }
  return out;
}

bool fashion_is_here() {
  const bool here = fs::exists("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz");
  if (!here) MESSAGE("SKIPPED: the package dataset-fashion-mnist is not installed");
  return here;
}

/// A folder from which the files of the repository are found, and that is the current one.
struct Place {
  support::TempDir dir{"pages"};
  fs::path before = fs::current_path();
  Place() {
    for (const char* name : {"data", "experiments"})
      fs::create_directory_symlink(fs::path(support::source_dir()) / name, dir.file(name));
    fs::current_path(dir.path());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { fs::current_path(before); }
};

std::string first_example() {
  for (const Piece& p : pieces()) {
    if (p.kind == "yaml" && p.where.starts_with("README.md") && p.text.starts_with("schema:"))
      return p.text;
  }
  return "";
}

/// An inline example such as `vary: [{learn.loss: [l1, huber]}]` as overrides of an experiment.
std::vector<std::string> overrides_of(const core::Value& map) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map.map()) {
    if (key == "choose_by")
      out.push_back("sweep={learn.optimizer.lr: [0.1, 0.2], choose_by: " + value.str() + "}");
    else
      out.push_back(key + "=" + value.str());
  }
  return out;
}

std::vector<std::string> words_of(const std::string& command) {
  static const std::regex word("'([^']*)'|([^ ]+)");
  std::vector<std::string> out;
  for (std::sregex_iterator it(command.begin(), command.end(), word), end; it != end; ++it)
    out.push_back((*it)[1].matched ? (*it)[1].str() : (*it)[2].str());
  return out;
}

/// What stands for a choice of the reader's.
std::string filled(std::string word, const std::string& id) {
  const std::map<std::string, std::string> stands_for{
      {"FILE", "tiny.yaml"}, {"FOLDER", "results/tiny"},   {"ID", id},
      {"NAME", "noise"},     {"KEY", "quant.weight.bits"}, {"DIR", "."},
      {"COMMAND", "methods"}};
  const auto found = stands_for.find(word);
  return found == stands_for.end() ? word : found->second;
}

void check_program(const Piece& piece, std::vector<std::string> words, const std::string& id) {
  INFO(piece.where << " " << piece.text);
  for (std::string& word : words) word = filled(word, id);
  const std::string command = words.empty() ? "" : words[0];
  if (command == "train" && words.size() > 1 && !words[1].starts_with("-")) {
    core::Value config = experiments::load_yaml(words[1]);
    CHECK_NOTHROW(experiments::make_train_plan(config));
    words = {"train", "--help"};
  }
  if (command == "selftest") words = {"selftest", "--help"};
  const bool runs = command == "run" || command == "resume";
  if (runs && (words.size() > 2 || words.at(1) != "tiny.yaml")) words.emplace_back("--dry-run");
  if (runs && words.at(1) != "tiny.yaml") words.insert(words.end(), {"--workers", "1"});
  const support::Said said = roundtable(words);
  INFO(said.err);
  CHECK(said.code == 0);
}

/// The options that a script explains.
void check_script(const Piece& piece, const std::vector<std::string>& words) {
  INFO(piece.where << " " << piece.text);
  const fs::path script = fs::path(support::source_dir()) / words[0];
  REQUIRE(fs::exists(script));
  const std::string text = core::read_text(script.string());
  for (const std::string& word : words) {
    if (word.starts_with("-")) CHECK_MESSAGE(text.find(word) != std::string::npos, word);
  }
}

void check_command(const Piece& piece, const std::string& line, const std::string& id) {
  std::size_t begin = 0;
  while (begin < line.size()) {
    const std::size_t end = std::min(line.find(" && ", begin), line.size());
    std::vector<std::string> words = words_of(line.substr(
        begin, line.find(" > ", begin) < end ? line.find(" > ", begin) - begin : end - begin));
    begin = end + 4;
    REQUIRE(!words.empty());
    if (words[0] == "./roundtable" || words[0] == "roundtable") {
      words.erase(words.begin());
      check_program(piece, words, id);
    } else if (words[0].starts_with("./") || words[0].starts_with("tests/")) {
      check_script(piece, words);
    } else {
      CHECK_MESSAGE((words[0] == "cmake" || words[0] == "git"), piece.where << ": " << line);
    }
  }
}

}  // namespace

TEST_CASE("every experiment on the pages is accepted by plan and computes when it is made small") {
  if (!fashion_is_here()) return;
  const Place place;
  int seen = 0;
  for (const Piece& piece : pieces()) {
    if (piece.kind != "yaml" || !piece.text.starts_with("schema:")) continue;
    INFO(piece.where);
    const std::string file = fmt::format("page{}.yaml", ++seen);
    std::ofstream(file) << piece.text;
    const support::Said plan = roundtable({"plan", file, "--workers", "1"});
    CHECK_MESSAGE(plan.code == 0, plan.err);
    const support::Said run =
        roundtable({"run", file, "learn.iters=2", "learn.batch=4", "calibration.count=8",
                    "eval.count=10", "--limit", "3", "--workers", "1", "--threads", "1"});
    CHECK_MESSAGE(run.code == 0, run.err);
  }
  CHECK(seen >= 2);
}

TEST_CASE("every line of YAML in the text of the pages is accepted") {
  if (!fashion_is_here()) return;
  const Place place;
  std::ofstream("example.yaml") << first_example();
  static const std::regex yaml("^[a-z_][a-z_.]*: \\S[^]*$");
  Workbench bench("example.yaml");
  int seen = 0;
  for (const Piece& piece : pieces()) {
    const bool snippet = piece.kind == "yaml" && !piece.text.starts_with("schema:");
    if (!snippet && (piece.kind != "span" || !std::regex_match(piece.text, yaml))) continue;
    const core::Value map = experiments::parse_yaml_value(piece.text, piece.where);
    if (map.find("schema")) continue;
    ++seen;
    INFO(piece.where << " " << piece.text);
    CHECK_NOTHROW(
        experiments::make_plan(experiments::load_spec("example.yaml", overrides_of(map)), bench));
  }
  CHECK(seen >= 5);
}

TEST_CASE("every command on the pages works") {
  if (!fashion_is_here()) return;
  const Place place;
  support::tiny_experiment(place.dir);
  REQUIRE(roundtable({"run", "tiny.yaml", "--workers", "1"}).code == 0);
  const std::string id = experiments::ResultsFolder("results/tiny").finished().at(0).substr(0, 12);
  int seen = 0;
  for (const Piece& piece : pieces()) {
    std::vector<std::string> lines;
    if (piece.kind == "command") lines.push_back("./roundtable " + piece.text);
    if (piece.kind == "span" && piece.text.starts_with("./") &&
        piece.text.find('*') == std::string::npos)
      lines.push_back(piece.text);
    if (piece.kind.empty() || piece.kind == "sh" || piece.kind == "bash") {
      std::istringstream in(piece.text);
      for (std::string line; std::getline(in, line);) {
        if (!line.empty() && !line.starts_with("#")) lines.push_back(line);
      }
    }
    for (const std::string& line : lines) {
      // markers of a range such as `plan FILE`, `run FILE` are spans of their own
      check_command(piece, line, id);
      ++seen;
    }
  }
  CHECK(seen >= 20);
}

TEST_CASE("every option that the pages name exists") {
  std::string known;
  for (const char* command : {"plan", "run", "status", "table", "plot", "units", "show", "merge",
                              "show-quant", "methods", "schema", "data", "selftest", "train"})
    known += roundtable({"help", command}).out;
  known += roundtable({"help"}).out;
  for (const char* script : {"setup.sh", "test.sh", "tests/bench/bench.py", "tests/fuzz/run.sh",
                             "tests/torture/torture.sh"})
    known += core::read_text(support::source_dir() + "/" + script);
  for (const Piece& piece : pieces()) {
    if (piece.kind != "span" && piece.kind != "command") continue;
    static const std::regex option("(^| )(--[a-z][a-z-]*)");
    for (std::sregex_iterator it(piece.text.begin(), piece.text.end(), option), end; it != end;
         ++it) {
      const std::string name = (*it)[2];
      if (piece.text.starts_with("cmake ")) continue;
      CHECK_MESSAGE(known.find(name) != std::string::npos, piece.where << ": " << name);
    }
  }
}

TEST_CASE("the examples that the program prints are its own") {
  if (!fashion_is_here()) return;
  const Place place;
  std::istringstream help(roundtable({"help"}).out);
  int seen = 0;
  for (std::string line; std::getline(help, line);) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == std::string::npos || line.substr(start).rfind("roundtable ", 0) != 0) continue;
    const std::string command = line.substr(start);
    if (command.find(" run ") == std::string::npos && command.find(" plan ") == std::string::npos)
      continue;
    ++seen;
    std::vector<std::string> words = words_of(command);
    words.erase(words.begin());
    words.insert(words.end(), {"--workers", "1"});
    if (words[0] == "run") words.emplace_back("--dry-run");
    const support::Said said = roundtable(words);
    CHECK_MESSAGE(said.code == 0, command << ": " << said.err);
  }
  CHECK(seen >= 3);
}

TEST_CASE("every path that a page names exists") {
  static const std::regex path(R"((core|autograd|nn|data|quant|experiments|tests|docs)/[\w/.]+)");
  const fs::path root = support::source_dir();
  std::size_t seen = 0;
  for (const Piece& p : pieces()) {
    if (p.kind != "span" || !std::regex_match(p.text, path)) continue;
    if (p.where.starts_with("extend.md") || p.where.starts_with("performance.md")) continue;
    ++seen;
    CHECK_MESSAGE(fs::exists(root / p.text), p.where << " names " << p.text);
  }
  CHECK(seen > 80);
}
