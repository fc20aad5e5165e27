#include "experiments/spec/expand.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "experiments/text/key_path.h"
#include "quant/method/method.h"
#include "quant/recipe/recipe.h"

namespace experiments {
namespace {

constexpr std::size_t kMaxCells = 1'000'000;
constexpr const char* kCustom = "custom";  // the method of a cell without a preset

bool same(const core::Value& a, const core::Value& b) {
  const auto number = [](const core::Value& v) -> std::optional<double> {
    if (const std::int64_t* i = v.as_int()) return static_cast<double>(*i);
    return v.as_double() ? std::optional(*v.as_double()) : std::nullopt;
  };
  return number(a) && number(b) ? *number(a) == *number(b) : a == b;
}

/// Paths that `said` names with another value than `usual`, which is complete.
void deviating(const core::Value& said, const core::Value* usual, const std::string& path,
               std::vector<std::string>& out) {
  const core::Value own = usual && usual->is_map() ? said.named() : said;
  if (usual && own.is_map() && usual->is_map()) {
    for (const auto& [key, value] : own.map())
      deviating(value, usual->find(key), path + "." + key, out);
  } else if (!usual || !same(own, *usual)) {
    out.push_back(path);
  }
}

/// The settings of a method with everything that it leaves to the defaults.
const core::Value& complete_settings(const std::string& method) {
  static std::map<std::string, core::Value> known;
  const auto found = known.find(method);
  if (found != known.end()) return found->second;
  core::Params params(quant::method_settings(method));
  const quant::Recipe recipe(params);
  return known.emplace(method, params.resolved()).first->second;
}

/// What the experiment says about quantising and learning that is not the method's, set by its
/// preset or left to the defaults; bits are what is studied, and what does not learn has no
/// settings.
std::vector<std::string> deviations(const Point& point, const core::Value& over,
                                    const std::string& method) {
  const core::Value& usual = complete_settings(method);
  std::vector<std::string> said, out;
  for (const char* key : {"precision", "quant", "learn", "learn_act"}) {
    if (const core::Value* own = over.find(key)) deviating(*own, usual.find(key), key, said);
  }
  const auto stands = [&](const char* path, const core::Value& value) {
    const core::Value* set = point.tree.find_path(path);
    if (!set) set = usual.find_path(path);
    return set && *set == value;
  };
  const bool weights = !stands("learn.iters", 0);
  const bool acts = !stands("learn_act.iters", 0) || stands("learn_act.joint", true);
  const std::vector<quant::Setting> settings = quant::method_named(method)->settings();
  for (const std::string& path : said) {
    if (path == "quant.weight.bits" || path == "quant.act.bits") continue;
    if (path.starts_with("learn.") && path != "learn.iters" && !weights) continue;
    if (path.starts_with("learn_act.") && path != "learn_act.iters" && !acts) continue;
    if (std::none_of(settings.begin(), settings.end(),
                     [&](const auto& s) { return s.fixed() && s.path == path; }))
      out.push_back(path);
  }
  return out;
}

/// What a key takes, for the keys that methods set.
const core::Declared* declared(const std::string& path) {
  static const std::vector<core::Declared> known = [] {
    core::Params params = core::Params::describing();
    const quant::Recipe recipe(params);
    return params.declared();
  }();
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const core::Declared& d) { return d.path == path; });
  return found == known.end() ? nullptr : &*found;
}

/// A value that a method sets aside must still be one that its key takes.
void check_value(const std::string& path, const core::Value& value) {
  const core::Declared* about = declared(path);
  const std::size_t dot = path.rfind('.');
  const std::string key = path.substr(dot + 1);
  if (!about) return;
  core::Params p(core::Value(core::Value::Map{{key, value}}), path.substr(0, dot));
  if (about->type == "bool") p.get<bool>(key, about->key);
  if (about->type == "integer") p.get<std::int64_t>(key, about->key);
  if (about->type == "real") p.get<double>(key, about->key);
  if (about->type == "string") p.get<std::string>(key, about->key);
}

/// The same for what a configuration says at the path of a setting, with all that is on the way.
void check_set_aside(const core::Value& over, const std::string& path) {
  core::Value at = over;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    at = at.named();
    if (at.is_null()) return;
    if (!at.is_map())
      throw core::ConfigError(fmt::format("{} {}: must be a map or a name; got {} {}",
                                          at.mark.str(), path.substr(0, begin - 1), at.type_name(),
                                          at.str()));
    const core::Value* member = at.find(path.substr(begin, end - begin));
    if (!member) return;
    if (end == path.size()) return check_value(path, *member);
    const core::Value next = *member;
    at = next;
    begin = end + 1;
  }
}

Point make_point(const core::Value& base, const Match& changes,
                 std::vector<std::pair<std::string, Choice>> choices) {
  // A key inside another one lies over it, whatever the order of writing: model, model.weights.
  std::vector<std::pair<std::string_view, const core::Value*>> layers;
  for (const auto& [key, choice] : choices) {
    if (key != kVary) layers.emplace_back(key, &choice.value);
  }
  for (const auto& [key, value] : changes) layers.emplace_back(key, &value);
  std::stable_sort(layers.begin(), layers.end(),
                   [](const auto& a, const auto& b) { return depth(a.first) < depth(b.first); });
  core::Value over = base;
  for (const auto& [key, value] : layers) {
    core::Value one{core::Value::Map{}};
    one.set_path(key, *value);
    over.merge(one);
  }
  Point point{
      .choices = std::move(choices), .tree = core::Value(core::Value::Map{}), .overridden = {}};
  const core::Value* method = over.find("method");
  if (!method || *method == core::Value(kCustom)) {
    point.tree = std::move(over);
    return point;
  }
  const std::string* name = method->as_string();
  std::vector<std::string> known = quant::method_names();
  known.push_back(kCustom);
  if (!name || std::find(known.begin(), known.end(), *name) == known.end()) {
    throw core::ConfigError(fmt::format("{}: method: unknown method {}{}", method->mark.str(),
                                        method->str(), core::known_hint(method->str(), known)));
  }
  const core::Value preset = quant::method_settings(*name);
  point.tree = preset;
  point.tree.merge(over);
  for (const quant::Setting& setting : quant::method_named(*name)->settings()) {
    if (!setting.fixed()) continue;
    check_set_aside(over, setting.path);
    point.tree.set_path(setting.path, *preset.find_path(setting.path));
  }
  point.overridden = deviations(point, over, *name);
  return point;
}

/// Whether a key of a point stands at something else than `off`, which is also its default.
bool differs(const Point& point, std::string_view key, const core::Value& off) {
  const core::Value* v = point.tree.find_path(key);
  return v && !(*v == off);
}

/// A cell that learns nothing under the key, or whose method fixes it, has nothing to choose.
bool can_sweep(const Point& point, const std::string& key) {
  if (key.starts_with("learn.") && key != "learn.iters" && !differs(point, "learn.iters", 0))
    return false;
  if (key.starts_with("learn_act.")) {
    const bool learns = key == "learn_act.iters" || differs(point, "learn_act.iters", 0) ||
                        differs(point, "learn_act.joint", false);
    if (!learns || !differs(point, "quant.act.bits", 32)) return false;
  }
  const core::Value* method = point.tree.find("method");
  if (!method || *method == core::Value(kCustom)) return true;
  const std::vector<quant::Setting> settings =
      quant::method_named(*method->as_string())->settings();
  return std::none_of(settings.begin(), settings.end(),
                      [&](const quant::Setting& s) { return s.fixed() && s.path == key; });
}

/// The cells of a point: one for each combination of swept values, the last key fastest.
std::vector<Point> swept(Point point, const Sweep& sweep) {
  if (sweep.by_validation() && !sweep.empty()) point.tree.set_path("eval.validate", true);
  std::vector<Point> out{std::move(point)};
  for (const SweptKey& key : sweep.keys) {
    if (!can_sweep(out.front(), key.key)) {
      for (const core::Value& value : key.values) check_value(key.key, value);
      continue;
    }
    std::vector<Point> next;
    for (const Point& from : out) {
      for (std::size_t i = 0; i < key.values.size(); ++i) {
        Point to = from;
        to.tree.set_path(key.key, key.values[i]);
        to.choices.emplace_back(key.key, Choice{key.labels[i], key.values[i]});
        if (from.tree.find("method") &&
            std::find(to.overridden.begin(), to.overridden.end(), key.key) == to.overridden.end())
          to.overridden.push_back(key.key);
        next.push_back(std::move(to));
      }
    }
    out = std::move(next);
  }
  return out;
}

bool matches(const Match& match, const std::vector<std::pair<std::string, Choice>>& choices) {
  return std::all_of(match.begin(), match.end(), [&](const auto& wanted) {
    return std::any_of(choices.begin(), choices.end(), [&](const auto& choice) {
      return choice.first == wanted.first && same_choice(wanted.second, choice.second);
    });
  });
}

}  // namespace

const std::string* Point::label(std::string_view key) const {
  for (const auto& [k, choice] : choices) {
    if (k == key) return &choice.label;
  }
  return nullptr;
}

std::vector<Point> expand(const Spec& spec) {
  std::size_t count = 1;
  for (const Axis& axis : spec.axes) {
    count *= axis.steps.size();
    if (count > kMaxCells) {
      throw core::ConfigError(
          fmt::format("{}: the grid has more than {} cells", spec.file, kMaxCells));
    }
  }
  const auto excluded = [&spec](const auto& choices) {
    return std::any_of(spec.exclude.begin(), spec.exclude.end(),
                       [&](const Match& match) { return matches(match, choices); });
  };
  std::vector<Match> variations{{}};
  variations.insert(variations.end(), spec.vary.begin(), spec.vary.end());
  std::size_t each = 1;
  for (const SweptKey& key : spec.sweep.keys)
    each = std::min(each * key.values.size(), kMaxCells + 1);
  if (count * variations.size() * each > kMaxCells) {
    throw core::ConfigError(
        fmt::format("{}: the grid has more than {} cells", spec.file, kMaxCells));
  }
  std::vector<Point> out;
  for (std::size_t cell = 0; cell < count * variations.size(); ++cell) {
    const Match& changes = variations[cell / count];
    std::vector<std::pair<std::string, Choice>> choices;
    std::size_t rest = cell % count, below = count;
    for (const Axis& axis : spec.axes) {
      below /= axis.steps.size();
      const std::vector<Choice>& step = axis.steps[rest / below];
      rest %= below;
      for (std::size_t k = 0; k < axis.keys.size(); ++k)
        choices.emplace_back(axis.keys[k], step[k]);
    }
    if (!spec.vary.empty()) {
      const std::string label = vary_label(changes);
      choices.emplace_back(kVary, Choice{label, core::Value(label)});
    }
    if (!excluded(choices)) out.push_back(make_point(spec.base, changes, std::move(choices)));
  }
  const std::vector<std::string> keys = spec.keys();
  for (const Match& match : spec.include) {
    std::vector<std::pair<std::string, Choice>> choices;
    for (const auto& [key, value] : match)
      choices.emplace_back(key, Choice{label_of(value), value});
    out.push_back(make_point(spec.base, {}, std::move(choices)));
    // The other axes stand at what the base says, so that the cell has a place in the table.
    Point& point = out.back();
    for (const std::string& key : keys) {
      if (spec.sweep.find(key)) continue;
      const core::Value* v = point.label(key) ? nullptr : point.tree.find_path(key);
      if (v) point.choices.emplace_back(key, Choice{label_of(*v), *v});
    }
  }
  if (out.empty()) throw core::ConfigError(spec.file + ": the exclude list leaves no cell");
  if (spec.sweep.empty()) return out;
  std::vector<Point> all;
  for (Point& point : out) {
    for (Point& cell : swept(std::move(point), spec.sweep)) all.push_back(std::move(cell));
  }
  return all;
}

}  // namespace experiments
