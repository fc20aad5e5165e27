#include "experiments/spec/overrides.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/error.h"
#include "experiments/spec/parse.h"
#include "experiments/spec/spec.h"
#include "experiments/text/key_path.h"

namespace experiments {
namespace {

constexpr std::array<std::string_view, 10> kSections{
    "name", "title", "notes", "base", "grid", "zip", "vary", "sweep", "include", "exclude"};

[[noreturn]] void fail(const Override& o, const std::string& message) {
  const std::string where = o.remove ? "command line '~" + o.key + "'" : o.value.mark.str();
  throw core::ConfigError(where + ": " + message);
}

core::Value* map_of(core::Value& document, std::string_view name) {
  core::Value* section = document.find(name);
  return section && section->is_map() ? section : nullptr;
}

core::Value::List* list_of(core::Value& document, std::string_view name) {
  core::Value* section = document.find(name);
  return section && section->is_list() ? &section->list() : nullptr;
}

core::Value& made(core::Value& document, std::string_view name) {
  if (!map_of(document, name)) document.set_path(name, core::Value(core::Value::Map{}));
  return *document.find(name);
}

void put(core::Value& map, const std::string& key, core::Value value) {
  if (core::Value* present = map.find(key))
    *present = std::move(value);
  else
    map.map().emplace_back(key, std::move(value));
}

std::size_t erase(core::Value& map, std::string_view key) {
  return std::erase_if(map.map(), [key](const auto& member) { return member.first == key; });
}

/// A key that some section varies, with its choices as they are written.
struct Varied {
  std::string_view section;
  std::string key;
  core::Value* written;

  /// Whether every cell of the grid takes one of the choices.
  bool everywhere() const { return section == "grid" || section == "zip"; }
  std::vector<core::Value*> choices() const {
    if (!written->is_list() || section == "include") return {written};
    std::vector<core::Value*> out;
    for (core::Value& choice : written->list()) out.push_back(&choice);
    return out;
  }
};

std::vector<Varied> varied(core::Value& document) {
  std::vector<Varied> out;
  const auto add = [&out](std::string_view section, core::Value& map) {
    if (!map.is_map()) return;
    for (auto& [key, written] : map.map()) {
      if (section != "sweep" || key != "choose_by") out.push_back({section, key, &written});
    }
  };
  for (const std::string_view section : {"grid", "sweep"}) {
    if (core::Value* map = map_of(document, section)) add(section, *map);
  }
  for (const std::string_view section : {"zip", "vary", "include"}) {
    if (core::Value::List* entries = list_of(document, section)) {
      for (core::Value& entry : *entries) add(section, entry);
    }
  }
  return out;
}

std::vector<std::string> labels_of_vary(const core::Value& document) {
  const core::Value* list = document.find("vary");
  return list ? vary_labels(*list) : std::vector<std::string>();
}

/// The entries of `exclude` that named a choice name what has become of it.
void follow(core::Value& document, std::string_view key, const core::Value& before,
            const core::Value& after) {
  core::Value::List* entries = list_of(document, "exclude");
  if (!entries) return;
  for (core::Value& entry : *entries) {
    core::Value* named = entry.is_map() ? entry.find(key) : nullptr;
    if (named && (*named == before || *named == core::Value(before.str()))) *named = after;
  }
}

/// Calls change(choice, path inside it) for every choice of every axis that the key lies inside of.
/// Returns whether all cells of the grid are among them.
template <class Change>
bool change_choices(core::Value& document, const std::string& key, Change change) {
  const std::vector<std::string> labels = labels_of_vary(document);
  bool everywhere = false;
  for (const Varied& axis : varied(document)) {
    const std::string_view rest = inside(axis.key, key);
    if (rest.empty()) continue;
    for (core::Value* choice : axis.choices()) {
      const core::Value before = *choice;
      change(axis, *choice, rest);
      follow(document, axis.key, before, *choice);
    }
    everywhere = everywhere || axis.everywhere();
  }
  const std::vector<std::string> changed = labels_of_vary(document);
  for (std::size_t i = 0; i < labels.size(); ++i)
    follow(document, kVary, core::Value(labels[i]), core::Value(changed[i]));
  return everywhere;
}

/// Puts a key into every choice of the axes that it lies inside of.
bool set_inside(core::Value& document, const Override& o) {
  const auto set = [&o](const Varied& axis, core::Value& choice, std::string_view rest) {
    if (!choice.is_map() && !choice.as_string() && !choice.is_null())
      fail(o, fmt::format("'{}' is an axis ({}) with the choice {}, which has no {}", axis.key,
                          axis.section, choice.str(), rest));
    if (axis.section == "sweep" && !axis.written->is_list())
      fail(o, fmt::format("'{}' is swept over {}, which has no {}", axis.key, axis.written->str(),
                          rest));
    choice.set_path(rest, o.value);
  };
  const bool everywhere = change_choices(document, o.key, set);
  for (const Varied& axis : varied(document)) {
    if (inside(axis.key, o.key).empty() || axis.section == "zip") continue;
    const std::vector<core::Value*> choices = axis.choices();
    for (std::size_t i = 0; i < choices.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (*choices[k] == *choices[i])
          fail(o, fmt::format("makes choices of '{0}' ({1}) the same, {2}; write the choices that "
                              "are wanted: {0}=[{2}]",
                              axis.key, axis.section, choices[i]->str()));
      }
    }
  }
  return everywhere;
}

/// A value around an axis must leave to the axis what that varies.
void check_around(core::Value& document, const Override& o) {
  for (const Varied& axis : varied(document)) {
    const std::string_view rest = inside(o.key, axis.key);
    if (rest.empty() || axis.section == "vary" || axis.section == "include") continue;
    if (says(o.value, rest))
      fail(o, fmt::format("'{0}' is an axis ({1}), which this value would not reach; change the "
                          "axis with {0}=.., or take it out with ~{0} first",
                          axis.key, axis.section));
  }
}

/// New values of a swept key, or the end of its sweep.  False when something is left to do.
bool override_sweep(core::Value& document, const Override& o) {
  const std::string key = o.key.starts_with("sweep.") ? o.key.substr(6) : o.key;
  core::Value* sweep = map_of(document, "sweep");
  if (!sweep || !sweep->find(key) || key == "choose_by") return false;
  const bool call = o.value.as_string() && o.value.as_string()->find('(') != std::string::npos;
  if (!o.remove && (o.value.is_list() || call || key != o.key)) {
    *sweep->find(key) = o.value;
    return true;
  }
  erase(*sweep, key);
  if (sweep->map().empty() || (sweep->map().size() == 1 && sweep->find("choose_by")))
    erase(document, "sweep");
  return o.remove;
}

/// The entry of `zip` that varies a key, or nullptr.
core::Value* zip_with(core::Value& document, const std::string& key) {
  core::Value::List* entries = list_of(document, "zip");
  if (!entries) return nullptr;
  const auto found = std::find_if(entries->begin(), entries->end(),
                                  [&](const core::Value& e) { return e.find(key) != nullptr; });
  return found == entries->end() ? nullptr : &*found;
}

void override_zip(core::Value& entry, const Override& o) {
  core::Value& present = *entry.find(o.key);
  core::Value list = o.value;
  if (!list.is_list())
    list = core::Value(core::Value::List(present.is_list() ? present.list().size() : 1, o.value));
  list.mark = o.value.mark;
  present = std::move(list);
}

void remove_key(core::Value& document, const Override& o) {
  const std::string axis = o.key.starts_with("grid.") ? o.key.substr(5) : o.key;
  core::Value* grid = map_of(document, "grid");
  if (grid && erase(*grid, axis) > 0) return;
  if (core::Value* entry = zip_with(document, axis)) {
    erase(*entry, axis);
    std::erase_if(document.find("zip")->list(),
                  [](const core::Value& e) { return e.map().empty(); });
    return;
  }
  if (o.key.starts_with("report.") || document.find(o.key)) return apply_overrides(document, {o});
  std::size_t removed = 0;
  change_choices(document, o.key, [&](const Varied&, core::Value& choice, std::string_view rest) {
    if (!choice.is_map() || !choice.find_path(rest)) return;
    apply_overrides(choice, {{.key = std::string(rest), .value = {}, .remove = true}});
    ++removed;
  });
  if (removed == 0 || (map_of(document, "base") && document.find("base")->find_path(o.key)))
    apply_overrides(made(document, "base"), {o});
}

void set_key(core::Value& document, const Override& o) {
  core::Value* grid = map_of(document, "grid");
  const bool names_grid = o.key.starts_with("grid.");
  const std::string axis = names_grid ? o.key.substr(5) : o.key;
  if (names_grid || (grid && grid->find(axis))) {
    core::Value list = o.value.is_list() ? o.value : core::Value(core::Value::List{o.value});
    list.mark = o.value.mark;
    return put(made(document, "grid"), axis, std::move(list));
  }
  if (core::Value* entry = zip_with(document, o.key)) return override_zip(*entry, o);
  if (o.key.starts_with("sweep.")) return put(made(document, "sweep"), o.key.substr(6), o.value);
  if (o.key == "report" || o.key.starts_with("report.") ||
      std::find(kSections.begin(), kSections.end(), o.key) != kSections.end())
    return document.set_path(o.key, o.value);
  check_around(document, o);
  const bool everywhere = set_inside(document, o);
  // included cells take from the base what they do not say
  const core::Value* base = map_of(document, "base");
  const std::string_view top = std::string_view(o.key).substr(0, o.key.find('.'));
  const bool base_counts = base && base->find(top) && document.find("include");
  if (!everywhere || base_counts) made(document, "base").set_path(o.key, o.value);
}

}  // namespace

void override_document(core::Value& document, const std::vector<Override>& overrides) {
  for (Override o : overrides) {
    if (o.key.starts_with("base.")) o.key = o.key.substr(5);
    if (override_sweep(document, o)) continue;
    o.remove ? remove_key(document, o) : set_key(document, o);
  }
}

}  // namespace experiments
