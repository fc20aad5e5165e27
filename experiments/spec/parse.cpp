#include "experiments/spec/parse.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "experiments/spec/spec_checks.h"

namespace experiments {
namespace {

constexpr std::size_t kMaxAxes = 1000;

[[noreturn]] void fail(const core::Value& at, const std::string& message) {
  throw core::ConfigError((at.mark.file.empty() ? "" : at.mark.str() + ": ") + message);
}

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::vector<Choice> choices_of(const std::string& key, const core::Value& list) {
  if (!list.is_list()) {
    fail(list, fmt::format("{}: an axis is a list of choices; got {} {}", key, list.type_name(),
                           list.str()));
  }
  if (list.list().empty()) fail(list, key + ": an axis needs at least one choice");
  std::vector<Choice> out;
  std::set<std::string> seen;  // equal values have equal texts, and others have others
  for (const core::Value& v : list.list()) {
    if (!seen.insert(v.str()).second)
      fail(v, fmt::format("{}: choice {} is written twice", key, v.str()));
    out.push_back({label_of(v), v});
  }
  std::multiset<std::string> labels;
  for (const Choice& c : out) labels.insert(c.label);
  for (Choice& c : out) {
    if (labels.count(c.label) > 1) c.label = c.value.str();
  }
  return out;
}

void check_key(const core::Value& at, const std::string& key) {
  if (key.starts_with(".") || key.ends_with(".") || key.find("..") != std::string::npos) {
    fail(at, fmt::format("'{}' is not a dotted path such as quant.weight.bits", key));
  }
}

void add_axis(Spec& spec, Axis axis, const core::Value& at) {
  if (spec.axes.size() >= kMaxAxes)
    fail(at, fmt::format("an experiment varies at most {} keys", kMaxAxes));
  for (const std::string& key : axis.keys) {
    check_key(at, key);
    for (const Axis& other : spec.axes) {
      for (const std::string& k : other.keys) {
        if (k == key) fail(at, fmt::format("'{}' is varied by two axes", key));
      }
    }
  }
  spec.axes.push_back(std::move(axis));
}

void read_grid(Spec& spec, const core::Value& grid) {
  if (grid.is_null()) return;
  if (!grid.is_map())
    fail(grid, fmt::format("grid: must be a map key: [choices]; got {}", grid.type_name()));
  for (const auto& [key, list] : grid.map()) {
    Axis axis{.keys = {key}, .steps = {}};
    for (Choice& c : choices_of(key, list)) axis.steps.push_back({std::move(c)});
    add_axis(spec, std::move(axis), list);
  }
}

void read_zip(Spec& spec, const core::Value& zip) {
  if (zip.is_null()) return;
  if (!zip.is_list())
    fail(zip, fmt::format("zip: must be a list of maps; got {}", zip.type_name()));
  for (const core::Value& entry : zip.list()) {
    if (!entry.is_map() || entry.map().empty()) {
      fail(entry, fmt::format("zip: an entry is a map key: [choices]; got {}", entry.str()));
    }
    Axis axis;
    for (const auto& [key, list] : entry.map()) {
      if (!list.is_list() || list.list().empty()) {
        fail(list, fmt::format("zip: {} must be a list of choices; got {}", key, list.str()));
      }
      if (axis.keys.empty()) axis.steps.resize(list.list().size());
      if (axis.steps.size() != list.list().size()) {
        fail(list, fmt::format("zip: lists must have equal lengths; {} has {}, {} has {}",
                               axis.keys[0], axis.steps.size(), key, list.list().size()));
      }
      axis.keys.push_back(key);
      for (std::size_t i = 0; i < axis.steps.size(); ++i) {
        axis.steps[i].push_back({label_of(list.list()[i]), list.list()[i]});
      }
    }
    add_axis(spec, std::move(axis), entry);
  }
}

std::vector<Match> read_matches(const std::string& what, const core::Value& list) {
  std::vector<Match> out;
  if (list.is_null()) return out;
  if (!list.is_list())
    fail(list, fmt::format("{}: must be a list of maps; got {}", what, list.type_name()));
  for (const core::Value& entry : list.list()) {
    if (!entry.is_map() || entry.map().empty()) {
      fail(entry, fmt::format("{}: an entry is a map key: choice; got {}", what, entry.str()));
    }
    Match match;
    for (const auto& [key, value] : entry.map()) {
      check_key(value, key);
      match.emplace_back(key, value);
    }
    out.push_back(std::move(match));
  }
  return out;
}

/// The entries of `vary`, one for each item where a choice is a list.
std::vector<Match> read_vary(const core::Value& list) {
  std::vector<Match> out;
  for (const Match& entry : read_matches("vary", list)) {
    std::size_t lists = 0;
    std::vector<Match> expanded{{}};
    for (const auto& [key, value] : entry) {
      std::vector<core::Value> choices{value};
      if (value.is_list()) {
        choices = value.list();
        if (++lists > 1 || choices.empty())
          fail(value, "vary: an entry may have one list of choices, which is not empty");
      }
      std::vector<Match> next;
      for (const core::Value& choice : choices) {
        for (Match match : expanded) {
          match.emplace_back(key, choice);
          next.push_back(std::move(match));
        }
      }
      expanded = std::move(next);
    }
    out.insert(out.end(), expanded.begin(), expanded.end());
  }
  return out;
}

std::vector<std::string> names(const std::string& key, const core::Value& v) {
  std::vector<std::string> out;
  if (v.is_null()) return out;
  if (const std::string* s = v.as_string()) return {*s};
  if (!v.is_list())
    fail(v, fmt::format("{}: must be a key or a list of keys; got {}", key, v.str()));
  for (const core::Value& item : v.list()) {
    if (!item.as_string())
      fail(item, fmt::format("{}: must be a list of keys; got {}", key, item.str()));
    out.push_back(*item.as_string());
  }
  return out;
}

/// The keys of the file, read but not understood yet.
struct Sections {
  std::string name, title, notes, value, agg;
  core::Value base, grid, zip, vary, sweep, include, exclude, rows, cols;

  explicit Sections(core::Params& p)
      : name(p.get<std::string>("name", {.doc = "names the results folder"})),
        title(p.get<std::string>("title", "", {.doc = "headline of the table"})),
        notes(p.get<std::string>("notes", "", {.doc = "free text"})),
        base(p.take("base", "configuration shared by all cells: the keys of a cell")),
        grid(p.take("grid", "key: [choices]; the cells are the product of all axes")),
        zip(p.take("zip", "list of {key: [choices], ..}: keys that vary together")),
        vary(p.take("vary", "list of {key: choice, ..}: the grid again with one entry at a time")),
        sweep(p.take("sweep",
                     "key: log(a, b, n), lin(a, b, n) or [values]; every cell chooses one of them "
                     "by choose_by, calibration or validation")),
        include(p.take("include", "list of {key: choice, ..}: single cells beside the grid")),
        exclude(p.take("exclude", "list of {key: choice, ..}: cells that match one are left out")) {
    core::Params report = p.child("report", "how `table` prints");
    rows = report.take("rows", "axes that make rows");
    cols = report.take("cols", "axes that make columns");
    value = report.get<std::string>(
        "value", "top1",
        {.doc = "what is shown",
         .one_of = {"top1", "drop", "fp_top1", "val_top1", "seconds", "average_bits"}});
    agg = report.get<std::string>("agg", "seed", {.doc = "axis that is averaged over"});
  }
};

}  // namespace

std::vector<std::string> vary_labels(const core::Value& list) {
  std::vector<std::string> out;
  for (const Match& changes : read_vary(list)) out.push_back(vary_label(changes));
  return out;
}

std::vector<core::Declared> describe_spec() {
  core::Params p = core::Params::describing();
  const Sections sections(p);
  return p.declared();
}

Spec parse_spec(core::Value document, const std::string& file) {
  Spec spec;
  spec.file = file;
  spec.document = document;
  core::Params p(document);
  Sections s(p);
  p.done();
  spec.name = s.name, spec.title = s.title, spec.notes = s.notes;
  if (!good_name(spec.name)) {
    p.fail("name", fmt::format("must be 1 to 64 letters, digits, '.', '_' or '-', not starting "
                               "with '.' or '-'; got '{}'",
                               spec.name));
  }
  spec.base = s.base.is_null() ? core::Value(core::Value::Map{}) : s.base;
  if (!spec.base.is_map())
    fail(spec.base, fmt::format("base: must be a map; got {}", spec.base.type_name()));
  read_grid(spec, s.grid);
  read_zip(spec, s.zip);
  spec.vary = read_vary(s.vary);
  spec.sweep = read_sweep(s.sweep);
  for (const SweptKey& swept : spec.sweep.keys) check_key(s.sweep, swept.key);
  spec.include = read_matches("include", s.include);
  spec.exclude = read_matches("exclude", s.exclude);
  spec.report = {.rows = names("report.rows", s.rows),
                 .cols = names("report.cols", s.cols),
                 .value = s.value,
                 .agg = s.agg};
  if (spec.keys().size() > kMaxAxes)
    fail(document, fmt::format("an experiment varies at most {} keys", kMaxAxes));
  check_spec(spec);
  return spec;
}

}  // namespace experiments
