#include "experiments/spec/spec_checks.h"

#include <algorithm>

#include "core/error.h"
#include "experiments/spec/cell_keys.h"
#include "experiments/text/key_path.h"

namespace experiments {
namespace {

[[noreturn]] void fail(const core::Value& at, const std::string& message) {
  throw core::ConfigError((at.mark.file.empty() ? "" : at.mark.str() + ": ") + message);
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

/// A value under a key that is said in one place and decided in another.
struct Said {
  std::string who;  // "grid", "vary"
  std::string key;
  std::vector<const core::Value*> choices;
};

std::vector<Said> said_by_axes(const Spec& spec) {
  std::vector<Said> out;
  for (const Axis& axis : spec.axes) {
    for (std::size_t k = 0; k < axis.keys.size(); ++k) {
      out.push_back({.who = "grid", .key = axis.keys[k], .choices = {}});
      for (const auto& step : axis.steps) out.back().choices.push_back(&step[k].value);
    }
  }
  return out;
}

/// An axis inside another one (model.weights in model) varies what the choices of that leave open.
void check_nested_axes(const Spec& spec) {
  const std::vector<Said> axes = said_by_axes(spec);
  std::vector<Said> all = axes;
  for (const auto& [list, who] :
       {std::pair{&spec.vary, "vary"}, std::pair{&spec.include, "include"}}) {
    for (const Match& match : *list) {
      for (const auto& [key, value] : match) all.push_back({who, key, {&value}});
    }
  }
  for (const Said& outer : all) {
    const auto refuse_twice = [&](const std::string& inner, const char* how) {
      const std::string_view rest = inside(outer.key, inner);
      for (const core::Value* choice : outer.choices) {
        if (!rest.empty() && says(*choice, rest))
          fail(*choice, fmt::format("{}: {}={} says {}, which is {}; say it in one place",
                                    outer.who, outer.key, choice->str(), rest, how));
      }
    };
    for (const SweptKey& swept : spec.sweep.keys) {
      refuse_twice(swept.key, "swept");
      if (!inside(swept.key, outer.key).empty())
        fail(*outer.choices.front(),
             fmt::format("{}: '{}' is swept, so that '{}' in it cannot vary", outer.who, swept.key,
                         outer.key));
    }
    if (outer.who == "include") continue;  // a cell beside the grid
    for (const Said& axis : axes) {
      refuse_twice(axis.key, "an axis of the grid");
      if (outer.who == "vary" && outer.key == axis.key)
        fail(*outer.choices.front(),
             fmt::format("vary: '{}' is an axis of the grid already; add the choice there",
                         axis.key));
    }
  }
}

/// Options in the base of what an axis chooses, {model: {weights: x}} beside the axis model, are
/// for choices that leave them open.  A base with a name of its own is a choice for cells without
/// the axis.
void check_base_is_seen(const Spec& spec) {
  if (!spec.include.empty()) return;
  for (const Said& axis : said_by_axes(spec)) {
    const core::Value* own = spec.base.find_path(axis.key);
    if (!own || !own->is_map() || own->find("name")) continue;
    each_leaf(*own, "", [&](const std::string& path, const core::Value& leaf) {
      const auto lost = [&](const core::Value* choice) {
        core::Value laid = *own;
        laid.merge(*choice);
        const core::Value named = laid.named();
        const core::Value* seen = named.find_path(path);
        return !seen || !(*seen == leaf);
      };
      if (std::all_of(axis.choices.begin(), axis.choices.end(), lost))
        fail(leaf, fmt::format("base: {0}.{1} is in no cell, as each choice of the axis '{0}' "
                               "replaces it; write {1} in the choices",
                               axis.key, path));
    });
  }
}

/// A list under a key that takes one value was meant as an axis.
void check_lists(const core::Value& base) {
  std::vector<core::Declared> known;
  each_leaf(base, "", [&](const std::string& path, const core::Value& leaf) {
    if (!leaf.is_list()) return;
    if (known.empty()) known = describe_cell();
    for (const core::Declared& d : known) {
      if (d.path == path && d.type != "list" && d.type != "any")
        fail(leaf, fmt::format("{0}: must be one value ({1}); got the list {2}; an axis is "
                               "grid.{0}={2} on the command line, {0}: {2} below `grid` in a file",
                               path, d.type == "map" ? "a name or a map" : d.type, leaf.str()));
    }
  });
}

}  // namespace

void check_spec(const Spec& spec) {
  check_sweep_keys(spec);
  check_exclude_keys(spec);
  check_nested_axes(spec);
  check_base_is_seen(spec);
  check_lists(spec.base);
}

}  // namespace experiments
