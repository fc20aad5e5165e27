#include "experiments/spec.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/params.h"

namespace experiments {
namespace {

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
  for (const core::Value& v : list.list()) {
    for (const Choice& other : out) {
      if (other.value == v) fail(v, fmt::format("{}: choice {} is written twice", key, v.str()));
    }
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

/// A swept key is varied by nothing else: every cell has the same values to choose from.
void check_sweep_keys(const Spec& spec) {
  const auto refuse = [&spec](const std::string& key, const core::Value& at, const char* who) {
    if (spec.sweep.find(key))
      fail(at,
           fmt::format("{}: '{}' is swept; every cell chooses among the same values", who, key));
  };
  for (const Axis& axis : spec.axes) {
    for (std::size_t k = 0; k < axis.keys.size(); ++k)
      refuse(axis.keys[k], axis.steps[0][k].value, "grid");
  }
  for (const auto& [list, who] :
       {std::pair{&spec.vary, "vary"}, std::pair{&spec.include, "include"},
        std::pair{&spec.exclude, "exclude"}}) {
    for (const Match& match : *list) {
      for (const auto& [key, value] : match) refuse(key, value, who);
    }
  }
}

void check_exclude_keys(const Spec& spec) {
  const std::vector<std::string> known = spec.keys();
  for (const Match& match : spec.exclude) {
    for (const auto& [key, value] : match) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        fail(value,
             fmt::format("exclude: '{}' is not an axis{}", key, core::known_hint(key, known)));
      }
    }
  }
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

/// An override of a key that is swept: new values, or one value or none, which ends its sweep.
/// False when something is left to do.
bool override_sweep(core::Value& document, const Override& o) {
  const std::string key = o.key.starts_with("sweep.") ? o.key.substr(6) : o.key;
  core::Value* sweep = document.find("sweep");
  if (!sweep || !sweep->is_map() || !sweep->find(key) || key == "choose_by") return false;
  const bool call = o.value.as_string() && o.value.as_string()->find('(') != std::string::npos;
  if (!o.remove && (o.value.is_list() || call || key != o.key)) {
    *sweep->find(key) = o.value;
    return true;
  }
  std::erase_if(sweep->map(), [&](const auto& m) { return m.first == key; });
  if (sweep->map().empty() || (sweep->map().size() == 1 && sweep->find("choose_by")))
    std::erase_if(document.map(), [](const auto& m) { return m.first == "sweep"; });
  return o.remove;
}

}  // namespace

std::string label_of(const core::Value& value) {
  if (const std::string* s = value.as_string()) return *s;
  if (value.is_map()) {
    if (const core::Value* name = value.find("name"); name && name->as_string())
      return *name->as_string();
  }
  return value.str();
}

std::vector<std::string> Spec::keys() const {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& key) {
    if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(key);
  };
  for (const Axis& axis : axes) std::for_each(axis.keys.begin(), axis.keys.end(), add);
  for (const Match& match : include) {
    for (const auto& [key, value] : match) add(key);
  }
  if (!vary.empty()) add(std::string(kVary));
  for (const SweptKey& swept : sweep.keys) add(swept.key);
  return out;
}

void override_document(core::Value& document, const std::vector<Override>& overrides) {
  const auto section = [&document](const char* name) -> core::Value& {
    if (!document.find(name) || !document.find(name)->is_map())
      document.set_path(name, core::Value(core::Value::Map{}));
    return *document.find(name);
  };
  const auto put = [](core::Value& map, const std::string& key, core::Value value) {
    if (core::Value* present = map.find(key))
      *present = std::move(value);
    else
      map.map().emplace_back(key, std::move(value));
  };
  for (const Override& o : overrides) {
    if (override_sweep(document, o)) continue;
    core::Value* grid = document.find("grid");
    const bool names_grid = o.key.starts_with("grid.");
    const std::string axis = names_grid ? o.key.substr(5) : o.key;
    const bool is_axis = grid && grid->is_map() && grid->find(axis);
    if (o.remove) {
      if (is_axis)
        std::erase_if(grid->map(), [&](const auto& m) { return m.first == axis; });
      else if (o.key.starts_with("report.") || document.find(o.key))
        apply_overrides(document, {o});
      else
        apply_overrides(section("base"), {o});
    } else if (is_axis || names_grid) {
      core::Value list = o.value.is_list() ? o.value : core::Value(core::Value::List{o.value});
      list.mark = o.value.mark;
      put(section("grid"), axis, std::move(list));
    } else if (o.key.starts_with("sweep.")) {
      put(section("sweep"), o.key.substr(6), o.value);
    } else if (o.key == "name" || o.key == "title" || o.key == "notes") {
      put(document, o.key, o.value);
    } else if (o.key.starts_with("report.")) {
      document.set_path(o.key, o.value);
    } else {
      section("base").set_path(o.key, o.value);
    }
  }
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
  check_sweep_keys(spec);
  check_exclude_keys(spec);
  return spec;
}

}  // namespace experiments
