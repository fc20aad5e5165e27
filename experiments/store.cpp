#include "experiments/store.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/io/file.h"
#include "core/params.h"
#include "experiments/json.h"
#include "experiments/scalar.h"

namespace experiments {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndexSchema = "roundtable-results/1";

/// throws: InputError when it is something else.
const std::string& text_of(const core::Value& v, const std::string& where) {
  core::require_input(where, v.as_string() != nullptr, "must be a string; got {}", v.type_name());
  return *v.as_string();
}

const core::Value::Map& map_of(const core::Value& v, const std::string& where) {
  core::require_input(where, v.is_map(), "must be a map; got {}", v.type_name());
  return v.map();
}

core::Value strings(const std::vector<std::string>& list) {
  return core::Value(core::Value::List(list.begin(), list.end()));
}

core::Value entry_value(const IndexEntry& e) {
  core::Value::Map choices;
  for (const auto& [key, label] : e.choices) choices.emplace_back(key, label);
  return core::Value(core::Value::Map{{"id", e.id},
                                      {"choices", std::move(choices)},
                                      {"method", e.method},
                                      {"model", e.model},
                                      {"w_bits", e.w_bits},
                                      {"a_bits", e.a_bits},
                                      {"seed", e.seed},
                                      {"work", e.work},
                                      {"overridden", strings(e.overridden)}});
}

/// As in an experiment file, with the values written out.
core::Value sweep_value(const Sweep& sweep) {
  if (sweep.empty()) return core::Value();
  core::Value::Map out{{"choose_by", sweep.choose_by}};
  for (const SweptKey& key : sweep.keys) {
    out.emplace_back(key.key, core::Value::Map{{"form", key.form},
                                               {"labels", strings(key.labels)},
                                               {"values", core::Value::List(key.values)}});
  }
  return core::Value(std::move(out));
}

Sweep read_sweep_value(const core::Value& v) {
  Sweep sweep;
  if (v.is_null()) return sweep;
  for (const auto& [key, entry] : map_of(v, "sweep")) {
    if (key == "choose_by") {
      sweep.choose_by = text_of(entry, "sweep.choose_by");
      continue;
    }
    core::Params p(entry, "sweep." + key);
    const core::Value values = p.take("values", "");
    core::require_input("sweep." + key, values.is_list(), "values must be a list");
    sweep.keys.push_back({.key = key,
                          .form = p.get<std::string>("form", core::Key{}),
                          .labels = p.get<std::vector<std::string>>("labels", core::Key{}),
                          .values = values.list()});
    core::require_input("sweep." + key,
                        sweep.keys.back().labels.size() == sweep.keys.back().values.size(),
                        "there must be a label for every value");
  }
  return sweep;
}

IndexEntry read_entry(core::Params p) {
  IndexEntry e;
  e.id = p.get<std::string>("id", core::Key{});
  const core::Value choices = p.take("choices", "");
  for (const auto& [key, label] : map_of(choices, "choices"))
    e.choices.emplace_back(key, text_of(label, "choices"));
  e.method = p.get<std::string>("method", core::Key{});
  e.model = p.get<std::string>("model", core::Key{});
  e.w_bits = p.get<int>("w_bits", core::Key{});
  e.a_bits = p.get<int>("a_bits", core::Key{});
  e.seed = p.get<std::int64_t>("seed", core::Key{});
  e.work = p.get<double>("work", core::Key{});
  e.overridden = p.get<std::vector<std::string>>("overridden", core::Key{});
  return e;
}

core::Value index_value(const Index& index) {
  core::Value::List cells;
  for (const IndexEntry& e : index.cells) cells.push_back(entry_value(e));
  return core::Value(
      core::Value::Map{{"schema", kIndexSchema},
                       {"name", index.name},
                       {"title", index.title},
                       {"file", index.file},
                       {"keys", strings(index.keys)},
                       {"report", core::Value::Map{{"rows", strings(index.report.rows)},
                                                   {"cols", strings(index.report.cols)},
                                                   {"value", index.report.value},
                                                   {"agg", index.report.agg}}},
                       {"sweep", sweep_value(index.sweep)},
                       {"document", index.document},
                       {"cells", std::move(cells)}});
}

}  // namespace

bool ResultsFolder::exists() const { return fs::is_regular_file(path_ + "/experiment.json"); }

void ResultsFolder::open(const Index& index) {
  if (fs::exists(path_)) {
    core::require_input(path_, fs::is_directory(path_), "results go to a folder; this is a file");
    if (exists()) {
      const Index present = read_index();
      core::require_input(
          path_, present.name == index.name,
          "this folder holds results of experiment '{}', not of '{}'; choose another --out or name",
          present.name, index.name);
    } else {
      core::require_input(path_, fs::is_empty(path_) || fs::exists(path_ + "/cells"),
                          "this folder is not empty and holds no experiment; choose another --out");
    }
  }
  core::make_directories(path_ + "/cells");
  core::make_directories(path_ + "/failed");
  sweep();
  core::publish(path_ + "/experiment.json", json_text(index_value(index)) + "\n");
}

void ResultsFolder::sweep() const {
  for (const char* part : {"", "/cells", "/failed"}) core::sweep_orphans(path_ + part);
}

Index ResultsFolder::read_index() const {
  const std::string file = path_ + "/experiment.json";
  core::require_input(path_, exists(), "there are no results here (no experiment.json)");
  core::Params p(parse_json(core::read_text(file), file));
  const std::string schema = p.get<std::string>("schema", core::Key{});
  core::require_input(file, schema == kIndexSchema, "schema must be {}; got {}", kIndexSchema,
                      schema);
  Index index;
  index.name = p.get<std::string>("name", core::Key{});
  index.title = p.get<std::string>("title", core::Key{});
  index.file = p.get<std::string>("file", core::Key{});
  index.keys = p.get<std::vector<std::string>>("keys", core::Key{});
  core::Params report = p.child("report", "");
  index.report.rows = report.get<std::vector<std::string>>("rows", core::Key{});
  index.report.cols = report.get<std::vector<std::string>>("cols", core::Key{});
  index.report.value = report.get<std::string>("value", core::Key{});
  index.report.agg = report.get<std::string>("agg", core::Key{});
  index.sweep = read_sweep_value(p.take("sweep", ""));
  index.document = p.take("document", "");
  for (core::Params& cell : p.children("cells", "")) index.cells.push_back(read_entry(cell));
  p.done();
  return index;
}

bool ResultsFolder::done(const std::string& id) const { return fs::is_regular_file(cell_path(id)); }

std::vector<std::string> ResultsFolder::finished() const {
  std::vector<std::string> out;
  if (!fs::is_directory(path_ + "/cells")) return out;
  for (const auto& entry : fs::directory_iterator(path_ + "/cells")) {
    if (entry.path().extension() == ".h5") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string ResultsFolder::complete_id(const std::string& prefix) const {
  std::set<std::string> found;
  for (const std::string& id : finished()) {
    if (id.starts_with(prefix)) found.insert(id);
  }
  for (const IndexEntry& e : read_index().cells) {
    if (e.id.starts_with(prefix)) found.insert(e.id);
  }
  core::require_input(path_, !found.empty(), "no cell has an id that starts with '{}'", prefix);
  core::require_input(path_, found.size() == 1,
                      "{} cells have ids that start with '{}'; give more digits", found.size(),
                      prefix);
  return *found.begin();
}

void ResultsFolder::publish(const std::string& id, std::span<const std::byte> bytes) const {
  core::publish(cell_path(id), bytes);
  fs::remove(path_ + "/failed/" + id + ".json");
}

void ResultsFolder::record_failure(const std::string& id, const Failure& failure) const {
  const core::Value v(core::Value::Map{{"status", failure.status}, {"message", failure.message}});
  core::publish(path_ + "/failed/" + id + ".json", json_text(v) + "\n");
}

std::optional<Failure> ResultsFolder::failure(const std::string& id) const {
  const std::string file = path_ + "/failed/" + id + ".json";
  if (!fs::is_regular_file(file)) return std::nullopt;
  core::Params p(parse_json(core::read_text(file), file));
  return Failure{p.get<std::string>("status", core::Key{}),
                 p.get<std::string>("message", core::Key{})};
}

}  // namespace experiments
