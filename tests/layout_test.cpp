// The layout rules as tests: who may include whom, where third parties live, which test belongs to
// which source, which names are registered, how long a file may be, and which tokens no library
// code may use.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/config/registry.h"
#include "data/dataset.h"
#include "nn/model.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "quant/act_grid/act_grid.h"
#include "quant/allocator/allocator.h"
#include "quant/calibration/source/calibration_source.h"
#include "quant/importance/importance.h"
#include "quant/loss/loss.h"
#include "quant/method/method.h"
#include "quant/prepare/prepare.h"
#include "quant/regulariser/regulariser.h"
#include "quant/repair/repair.h"
#include "quant/scale/scale.h"
#include "quant/selection/selection.h"
#include "quant/solver/solver.h"
#include "quant/variable/rounding_variable.h"
#include "quant/weight_grid/weight_grid.h"
#include "tests/support/source_dir.h"

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = support::source_dir();
const std::vector<std::string> kFloors{"core", "autograd", "nn", "data", "quant", "experiments"};

// What a file of each floor may include besides its own floor.
const std::map<std::string, std::set<std::string>> kMayInclude{
    {"core", {}},
    {"autograd", {"core"}},
    {"nn", {"core", "autograd"}},
    {"data", {"core"}},
    {"quant", {"core", "autograd", "nn", "data"}},
    {"experiments", {"core", "autograd", "nn", "data", "quant"}}};

// The rooms of a floor, from the bottom up: a file includes its own room and rooms before it.  Files
// outside of rooms are covered by the test for circles.
const std::map<std::string, std::vector<std::string>> kRooms{
    {"data", {"images", "sets"}},
    {"nn", {"layers", "models", "optim"}},
    {"quant",
     {"grid",        "act_grid",   "pass",      "network", "moments",  "loss",   "variable",
      "regulariser", "selection",  "input",     "augment", "solver",   "scale",  "weight_grid",
      "calibration", "importance", "allocator", "prepare", "repair",   "recipe", "map",
      "bits",        "learn",      "result",    "walk",    "pipeline", "method"}},
    {"experiments",
     {"text", "spec", "process", "store", "cell", "results", "run", "train", "cli"}}};

// Third-party headers and the only places that may include them.
const std::vector<std::pair<std::string, std::vector<std::string>>> kCages{
    {"dnnl.hpp", {"core/onednn/"}},
    {"cblas.h", {"core/kernels/gemm.cpp", "core/system/threads.cpp"}},
    {"hdf5", {"core/io/"}},
    {"openssl/", {"core/system/sha256.cpp"}},
    {"omp.h", {"core/system/threads.h", "core/system/threads.cpp"}},
    {"zlib.h", {"data/"}},
    {"turbojpeg.h", {"data/"}},
    {"yaml-cpp", {"experiments/text/yaml.cpp"}},
    {"CLI/", {"experiments/"}}};

constexpr int kMaxHeaderLines = 150;
constexpr int kMaxSourceLines = 400;

std::string from_root(const fs::path& p) { return fs::relative(p, kRoot).generic_string(); }

std::string read(const fs::path& p) {
  std::ifstream in(p, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> sources(const std::string& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    const std::string ext = entry.path().extension().string();
    if (entry.is_regular_file() && (ext == ".h" || ext == ".cpp")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> included(const std::string& text) {
  static const std::regex pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])", std::regex::multiline);
  std::vector<std::string> out;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it)
    out.push_back((*it)[1]);
  return out;
}

std::set<std::string> stems(const std::string& folder,
                            const std::set<std::string>& infrastructure) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(kRoot / folder)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".cpp" && !infrastructure.contains(stem)) out.insert(stem);
  }
  return out;
}

using Graph = std::map<std::string, std::set<std::string>>;

std::string stem_of(const fs::path& path) {
  return (path.parent_path() / path.stem()).generic_string();
}

/// A way back to `node` over nodes that are not done; false where there is none.
bool finds_way_back(const Graph& graph, const std::string& node, std::vector<std::string>& way,
                    std::set<std::string>& done) {
  if (std::find(way.begin(), way.end(), node) != way.end()) {
    way.push_back(node);
    return true;
  }
  if (done.contains(node)) return false;
  way.push_back(node);
  if (const auto found = graph.find(node); found != graph.end()) {
    for (const std::string& next : found->second) {
      if (finds_way_back(graph, next, way, done)) return true;
    }
  }
  way.pop_back();
  done.insert(node);
  return false;
}

/// "b -> c -> b": the first circle that a depth-first search meets; empty: none.
std::string circle(const Graph& graph) {
  std::set<std::string> done;
  for (const auto& [node, all] : graph) {
    std::vector<std::string> way;
    if (!finds_way_back(graph, node, way, done)) continue;
    std::string text;
    for (auto at = std::find(way.begin(), way.end(), way.back()); at != way.end(); ++at)
      text += (text.empty() ? "" : " -> ") + *at;
    return text;
  }
  return "";
}

template <class T>
std::set<std::string> registered() {
  const std::vector<std::string> names = core::Registry<T>::names();
  return {names.begin(), names.end()};
}

}  // namespace

TEST_CASE("a file includes only its own floor and the floors below it") {
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources(floor)) {
      for (const std::string& header : included(read(file))) {
        const std::string top = header.substr(0, header.find('/'));
        if (std::find(kFloors.begin(), kFloors.end(), top) == kFloors.end() || top == floor)
          continue;
        CHECK_MESSAGE(kMayInclude.at(floor).contains(top), from_root(file)
                                                               << " includes " << header);
      }
    }
  }
}

TEST_CASE("a file includes only its own room and the rooms below it") {
  for (const auto& [floor, rooms] : kRooms) {
    const auto place = [&](const std::string& path) {
      const std::size_t from = floor.size() + 1, end = path.find('/', from);
      if (!path.starts_with(floor + "/") || end == std::string::npos) return rooms.end();
      return std::find(rooms.begin(), rooms.end(), path.substr(from, end - from));
    };
    for (const auto& entry : fs::directory_iterator(kRoot / floor)) {
      const std::string name = entry.path().filename().string();
      if (!entry.is_directory() || sources(floor + "/" + name).empty()) continue;
      CHECK_MESSAGE(std::count(rooms.begin(), rooms.end(), name) == 1,
                    floor << "/" << name << " has no place among the rooms");
    }
    for (const fs::path& file : sources(floor)) {
      const std::string path = from_root(file);
      for (const std::string& header : included(read(file))) {
        if (place(path) == rooms.end() || place(header) == rooms.end()) continue;
        CHECK_MESSAGE(place(header) <= place(path), path << " includes " << header);
      }
    }
  }
}

// A stem is a header with its source.  Rooms are folders; in a folder that holds further folders
// every stem is a room of its own.
TEST_CASE("there is no circle of includes among stems, nor among rooms") {
  Graph stems, rooms;
  std::set<std::string> folders, parents;
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources(floor)) {
      const fs::path path = fs::relative(file, kRoot);
      folders.insert(path.parent_path().generic_string());
      const std::string own = stem_of(path);
      stems[own];
      for (const std::string& header : included(read(file))) {
        if (fs::exists(kRoot / header) && stem_of(header) != own)
          stems[own].insert(stem_of(header));
      }
    }
  }
  for (const std::string& folder : folders)
    parents.insert(fs::path(folder).parent_path().generic_string());
  const auto room_of = [&](const std::string& stem) {
    const std::string folder = fs::path(stem).parent_path().generic_string();
    return parents.contains(folder) ? stem : folder;
  };
  for (const auto& [from, all] : stems) {
    for (const std::string& to : all) {
      if (room_of(from) != room_of(to)) rooms[room_of(from)].insert(room_of(to));
    }
  }
  CHECK(stems.size() > 300);
  CHECK(circle(stems) == "");
  CHECK(circle(rooms) == "");
  // the test itself finds one
  CHECK(circle({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}) == "b -> c -> b");
}

TEST_CASE("third-party headers stay in their cages") {
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources(floor)) {
      for (const std::string& header : included(read(file))) {
        for (const auto& [needle, places] : kCages) {
          const std::size_t at = header.find(needle);
          if (at == std::string::npos || (at > 0 && header[at - 1] != '/'))
            continue;  // linux/seccomp.h is no omp.h
          const std::string path = from_root(file);
          const bool caged =
              std::any_of(places.begin(), places.end(),
                          [&](const std::string& place) { return path.starts_with(place); });
          CHECK_MESSAGE(caged, path << " includes " << header);
        }
      }
    }
  }
}

TEST_CASE("every source has its mirrored test") {
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources(floor)) {
      if (file.extension() != ".cpp" || from_root(file) == "experiments/cli/main.cpp") continue;
      fs::path mirrored = kRoot / "tests" / fs::relative(file, kRoot);
      mirrored.replace_filename(file.stem().string() + "_test.cpp");
      CHECK_MESSAGE(fs::exists(mirrored), from_root(file) << " has no " << from_root(mirrored));
    }
  }
}

TEST_CASE("every mirrored test has its source") {
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources("tests/" + floor)) {
      const std::string stem = file.stem().string();
      if (!stem.ends_with("_test")) continue;
      const fs::path folder = kRoot / fs::relative(file.parent_path(), kRoot / "tests");
      const std::string tested = stem.substr(0, stem.size() - 5);
      CHECK_MESSAGE(
          (fs::exists(folder / (tested + ".cpp")) || fs::exists(folder / (tested + ".h"))),
          from_root(file) << " tests nothing");
    }
  }
}

TEST_CASE("headers and sources stay short") {
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources(floor)) {
      const std::string text = read(file);
      const auto lines = std::count(text.begin(), text.end(), '\n');
      const int limit = file.extension() == ".h" ? kMaxHeaderLines : kMaxSourceLines;
      CHECK_MESSAGE(lines <= limit, from_root(file)
                                        << " has " << lines << " lines; the limit is " << limit);
    }
  }
}

TEST_CASE("headers open with a comment and are guarded by pragma once") {
  for (const std::string& floor : kFloors) {
    for (const fs::path& file : sources(floor)) {
      if (file.extension() != ".h") continue;
      const std::string text = read(file);
      CHECK_MESSAGE(text.starts_with("// "), from_root(file) << " does not say what it is");
      CHECK_MESSAGE(text.find("#pragma once\n") != std::string::npos,
                    from_root(file) << " has no #pragma once");
    }
  }
}

// Two classes of one name in one program are one class to the linker, which takes the functions of
// either for both.
TEST_CASE("no two headers define a class of the same name in the same namespace") {
  static const std::regex space(R"(^namespace ([\w:]+) \{)", std::regex::multiline);
  static const std::regex type(R"(^(?:class|struct) (\w+) [^;{]*\{)", std::regex::multiline);
  std::map<std::string, std::string> home;
  std::vector<std::string> folders = kFloors;
  folders.push_back("tests");
  for (const std::string& folder : folders) {
    for (const fs::path& file : sources(folder)) {
      if (file.extension() != ".h") continue;
      const std::string text = read(file);
      std::smatch outer;
      const std::string in = std::regex_search(text, outer, space) ? outer[1].str() : "";
      for (std::sregex_iterator it(text.begin(), text.end(), type), end; it != end; ++it) {
        const std::string name = in + "::" + (*it)[1].str();
        const auto [first, fresh] = home.emplace(name, from_root(file));
        CHECK_MESSAGE(fresh,
                      name << " is defined in " << first->second << " and in " << from_root(file));
      }
    }
  }
  CHECK(home.size() > 100);
}

TEST_CASE("library code draws no hidden randomness, reads no environment and prints nothing") {
  const std::vector<std::pair<std::string, std::set<std::string>>> forbidden{
      {"std::rand", {}},
      {"random_device", {}},
      {"srand(", {}},
      {"getenv", {"core/system/threads.cpp"}},  // SLURM_CPUS_PER_TASK: how many cores are ours
      {"std::cout", {}},
      {"std::cerr", {}},
      {"printf(", {}},
      {"fmt::print", {}},
      {"using namespace std", {}}};
  for (const std::string& floor : kFloors) {
    if (floor == "experiments") continue;
    for (const fs::path& file : sources(floor)) {
      const std::string text = read(file);
      for (const auto& [token, allowed] : forbidden) {
        if (allowed.contains(from_root(file))) continue;
        CHECK_MESSAGE(text.find(token) == std::string::npos, from_root(file) << " uses " << token);
      }
    }
  }
}

TEST_CASE("a strategy is registered under the name of its file") {
  CHECK(stems("quant/loss", {}) == registered<quant::Loss>());
  CHECK(stems("quant/variable", {"on_grid", "on_levels", "all_levels"}) ==
        registered<quant::RoundingVariable>());
  CHECK(stems("quant/selection", {}) == registered<quant::Selection>());
  CHECK(stems("quant/regulariser", {}) == registered<quant::Regulariser>());
  CHECK(stems("quant/method", {"method"}) == registered<quant::Method>());
  CHECK(stems("quant/prepare", {}) == registered<quant::Prepare>());
  CHECK(stems("quant/repair", {}) == registered<quant::Repair>());
  CHECK(stems("quant/solver", {"hessian"}) == registered<quant::Solver>());
  CHECK(stems("quant/weight_grid", {}) == registered<quant::WeightGrid>());
  CHECK(stems("quant/importance", {"importance", "network_loss", "path_gradient"}) ==
        registered<quant::Importance>());
  CHECK(stems("quant/allocator", {"allocator"}) == registered<quant::Allocator>());
  CHECK(stems("quant/act_grid", {"act_grid"}) == registered<quant::ActGrid>());
  CHECK(stems("quant/scale", {"search"}) == registered<quant::Scale>());
  CHECK(stems("quant/calibration", {"calibration_set", "candidates", "bn_statistics",
                                    "network_view"}) == registered<quant::CalibrationSet>());
  CHECK(stems("quant/calibration/source", {"calibration_source"}) ==
        registered<quant::CalibrationSource>());
  CHECK(stems("nn/optim/schedules", {}) == registered<nn::Schedule>());
  CHECK(stems("nn/optim", {"parameter_update"}) == registered<nn::Optimizer>());
}

TEST_CASE("every op has a table of gradient cases") {
  for (const auto& entry : fs::directory_iterator(kRoot / "autograd/ops")) {
    if (entry.path().extension() != ".cpp") continue;
    const fs::path test =
        kRoot / "tests/autograd/ops" / (entry.path().stem().string() + "_test.cpp");
    REQUIRE_MESSAGE(fs::exists(test), from_root(entry.path()) << " has no test");
    CHECK_MESSAGE(read(test).find("OpCase") != std::string::npos, from_root(test)
                                                                      << " has no OpCase table");
  }
}

TEST_CASE("the top level holds what the layout names and nothing else") {
  const std::set<std::string> allowed{
      "CMakeLists.txt", "CMakePresets.json", "core", "autograd", "nn", "quant", "experiments",
      "data", "tests", "docs", "README.md", "LICENSE", "setup.sh", "test.sh", ".ci",
      ".clang-format", ".gitattributes", ".gitignore", ".editorconfig", ".git",
      // made by setup.sh and by runs, ignored by git
      "build", "results", "roundtable", ".cache"};
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    CHECK_MESSAGE(allowed.contains(entry.path().filename().string()),
                  from_root(entry.path()) << " is not in the layout");
  }
}
