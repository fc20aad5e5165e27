#include "experiments/spec/filter.h"

#include <algorithm>
#include <optional>

#include "core/config/nearest_path.h"
#include "core/config/utf8.h"
#include "core/error.h"
#include "experiments/text/key_path.h"
#include "experiments/text/source_text.h"
#include "experiments/text/yaml.h"

namespace experiments {
namespace {

std::string trimmed(std::string_view s) {
  const std::size_t begin = s.find_first_not_of(" \t"), end = s.find_last_not_of(" \t");
  return begin == std::string_view::npos ? "" : std::string(s.substr(begin, end - begin + 1));
}

/// Cuts at commas outside braces and brackets.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (text[i] == '{' || text[i] == '[')) ++depth;
    if (i < text.size() && (text[i] == '}' || text[i] == ']')) --depth;
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      out.push_back(trimmed(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  return out;
}

std::optional<double> number(const core::Value& v) {
  if (const std::int64_t* i = v.as_int()) return static_cast<double>(*i);
  if (const double* d = v.as_double()) return *d;
  return std::nullopt;
}

bool holds(const std::string& op, double a, double b) {
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  return a >= b;
}

}  // namespace

Filter::Filter(const std::string& text) : text_(text) {
  require_text(text, "filter '" + core::utf8_shown(text) + "'");
  if (trimmed(text).empty()) return;
  for (const std::string& part : split(text)) {
    const std::string where = "filter '" + part + "'";
    const std::size_t at = part.find_first_of("=!<>");
    if (at == std::string::npos || at == 0) {
      throw core::ConfigError(where + ": a condition is key=value, with one of = != < <= > >=");
    }
    Condition c{
        .text = part, .key = trimmed(part.substr(0, at)), .op = part.substr(at, 1), .values = {}};
    std::size_t next = at + 1;
    if (next < part.size() && part[next] == '=' && c.op != "=")
      c.op += part[next++];
    else if (next < part.size() && part[next] == '=')
      ++next;  // "==" is read as "="
    if (c.op == "!") throw core::ConfigError(where + ": '!' stands only in '!='");
    std::string value = trimmed(part.substr(next));
    const bool set = value.size() >= 2 && value.front() == '{' && value.back() == '}';
    if (set) value = value.substr(1, value.size() - 2);
    for (const std::string& item : set ? split(value) : std::vector<std::string>{value}) {
      c.values.push_back(parse_yaml_value(item, where));
    }
    if (c.op != "=" && c.op != "!=" && (c.values.size() != 1 || !number(c.values[0]))) {
      throw core::ConfigError(fmt::format("{}: '{}' compares with a number", where, c.op));
    }
    conditions_.push_back(std::move(c));
  }
}

Choice Filter::found(const Condition& c, const Point& point) {
  for (const auto& [key, choice] : point.choices) {
    if (key == c.key) return choice;
  }
  if (const core::Value* v = point.tree.find_path(c.key)) return {label_of(*v), *v};
  std::vector<std::string> known;
  for (const auto& [key, choice] : point.choices) known.push_back(key);
  for (const auto& [key, value] : point.tree.map()) known.push_back(key);
  std::vector<std::string> paths = known;
  each_leaf(point.tree, "",
            [&](const std::string& path, const core::Value&) { paths.push_back(path); });
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::string near = core::nearest_path(c.key, paths);
  throw core::ConfigError(fmt::format("filter '{}': no key '{}'{}; known: {}", c.text, c.key,
                                      near.empty() ? "" : fmt::format("; did you mean '{}'?", near),
                                      fmt::join(known, ", ")));
}

bool Filter::operator()(const Point& point) const {
  for (const Condition& c : conditions_) {
    const Choice choice = found(c, point);
    if (c.op == "=" || c.op == "!=") {
      const bool any = std::any_of(c.values.begin(), c.values.end(),
                                   [&](const core::Value& v) { return same_choice(v, choice); });
      if (any != (c.op == "=")) return false;
    } else {
      const std::optional<double> x = number(choice.value);
      if (!x || !holds(c.op, *x, *number(c.values[0]))) return false;
    }
  }
  return true;
}

void Filter::require_match(const std::vector<Point>& points) const {
  if (std::any_of(points.begin(), points.end(), *this)) return;
  constexpr std::size_t kShown = 20;
  std::string values;
  for (const Condition& c : conditions_) {
    std::vector<std::string> labels;
    for (const Point& point : points) {
      const std::string label = found(c, point).label;
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
      if (labels.size() > kShown) break;
    }
    if (labels.size() > kShown) labels.back() = "..";
    values += fmt::format("; {} is {}", c.key, fmt::join(labels, " | "));
  }
  throw core::InputError(fmt::format("--filter: lets no cell through; got '{}'{}", text_, values));
}

}  // namespace experiments
