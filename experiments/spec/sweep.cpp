#include "experiments/spec/sweep.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>

#include "core/error.h"
#include "experiments/spec/choice.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

constexpr std::int64_t kMostValues = 1000;
constexpr const char* kForms = "log(a, b, n) with 0 < a < b, lin(a, b, n) with a < b, or a list";

[[noreturn]] void fail(const core::Value& at, const std::string& key, const std::string& message) {
  throw core::ConfigError((at.mark.file.empty() ? "" : at.mark.str() + ": ") + "sweep: " + key +
                          (key.empty() ? "" : ": ") + message);
}

std::optional<double> number(const core::Value& v) {
  if (const std::int64_t* i = v.as_int()) return static_cast<double>(*i);
  if (const double* d = v.as_double()) return *d;
  return std::nullopt;
}

/// "name(a, b, n)" in its parts; nothing for any other text.
struct Call {
  std::string name;
  std::vector<core::Value> arguments;
};
std::optional<Call> call_of(const core::Value& value) {
  const std::string* text = value.as_string();
  if (!text) return std::nullopt;
  const std::size_t open = text->find('(');
  if (open == std::string::npos || text->back() != ')') return std::nullopt;
  Call call{.name = text->substr(0, open), .arguments = {}};
  std::string part;
  for (const char c : text->substr(open + 1)) {
    if (c != ',' && c != ')') {
      if (c != ' ') part += c;
      continue;
    }
    call.arguments.push_back(plain_scalar(part, value.mark));
    part.clear();
  }
  return call;
}

/// Twelve digits: 1e-5 (10^6)^(1/6) is 1e-4, not 9.9999999999999991e-05.
double rounded(double x) { return std::strtod(fmt::format("{:.12g}", x).c_str(), nullptr); }

std::vector<core::Value> spaced(const std::string& key, const core::Value& at, const Call& call) {
  const bool log = call.name == "log";
  const auto wrong = [&] {
    fail(at, key, fmt::format("must be {}; got {}", kForms, *at.as_string()));
  };
  if ((!log && call.name != "lin") || call.arguments.size() != 3) wrong();
  const std::optional<double> a = number(call.arguments[0]), b = number(call.arguments[1]);
  const std::int64_t* n = call.arguments[2].as_int();
  if (!a || !b || !n || !(*a < *b) || (log && !(*a > 0))) wrong();
  if (*n < 2 || *n > kMostValues)
    fail(at, key, fmt::format("must have 2 to {} values; got {}", kMostValues, *n));
  std::vector<double> points;
  for (std::int64_t i = 0; i < *n; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(*n - 1);
    points.push_back(rounded(log ? *a * std::pow(*b / *a, t) : *a + (*b - *a) * t));
  }
  points.front() = *a, points.back() = *b;
  const bool whole =
      call.arguments[0].as_int() && call.arguments[1].as_int() &&
      std::all_of(points.begin(), points.end(), [](double x) { return x == std::floor(x); });
  std::vector<core::Value> out;
  for (const double x : points)
    out.push_back(whole ? core::Value(static_cast<std::int64_t>(x)) : core::Value(x));
  return out;
}

/// Keys under which cells measure the same calibration loss, whatever their values.
bool comparable(const std::string& key) {
  for (const std::string group : {"learn.", "learn_act."}) {
    if (!key.starts_with(group)) continue;
    const std::string rest = key.substr(group.size());
    const std::string axis = rest.substr(0, rest.find('.'));
    return axis != "loss" && axis != "granularity" && axis != "input" && axis != "order";
  }
  return false;
}

}  // namespace

bool SweptKey::at_edge(const std::string& label) const {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  std::optional<double> own;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<double> x = number(values[i]);
    if (!x) return false;
    least = std::min(least, *x), most = std::max(most, *x);
    if (labels[i] == label) own = x;
  }
  return own && (*own == least || *own == most);
}

const SweptKey* Sweep::find(const std::string& key) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const SweptKey& k) { return k.key == key; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<core::Value> swept_values(const std::string& key, const core::Value& value) {
  std::vector<core::Value> out;
  if (value.is_list()) {
    out = value.list();
    if (out.size() < 2 || out.size() > static_cast<std::size_t>(kMostValues))
      fail(value, key, fmt::format("must have 2 to {} values; got {}", kMostValues, out.size()));
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i), out[i]) !=
          out.begin() + static_cast<std::ptrdiff_t>(i))
        fail(out[i], key, fmt::format("value {} is written twice", out[i].str()));
    }
  } else if (const std::optional<Call> call = call_of(value)) {
    out = spaced(key, value, *call);
  } else {
    fail(value, key, fmt::format("must be {}; got {}", kForms, value.str()));
  }
  for (core::Value& v : out) {
    if (v.mark.file.empty()) v.mark = value.mark;
  }
  return out;
}

Sweep read_sweep(const core::Value& value) {
  Sweep sweep;
  if (value.is_null()) return sweep;
  if (!value.is_map())
    fail(value, "", fmt::format("must be a map key: values; got {}", value.type_name()));
  const core::Value* chooser = value.find("choose_by");
  if (chooser) {
    const std::vector<std::string> known = {"calibration", "validation"};
    const std::string* name = chooser->as_string();
    if (!name || std::find(known.begin(), known.end(), *name) == known.end())
      fail(*chooser, "choose_by",
           fmt::format("unknown choice {}{}", chooser->str(),
                       core::known_hint(label_of(*chooser), known)));
    sweep.choose_by = *name;
  }
  for (const auto& [key, written] : value.map()) {
    if (key == "choose_by") continue;
    if (key == "method" || key == "seed" || key == "eval" || key.starts_with("eval."))
      fail(written, key, "cannot be chosen by a sweep; make it an axis of the grid");
    SweptKey swept{.key = key, .form = "", .labels = {}, .values = swept_values(key, written)};
    swept.form = written.is_list() ? written.str() : *written.as_string();
    for (const core::Value& v : swept.values) swept.labels.push_back(label_of(v));
    if (std::set(swept.labels.begin(), swept.labels.end()).size() < swept.labels.size()) {
      std::transform(swept.values.begin(), swept.values.end(), swept.labels.begin(),
                     [](const core::Value& v) { return v.str(); });
    }
    if (!sweep.by_validation() && !comparable(key))
      fail(written, key,
           "cells with different values of it measure different calibration losses; they need "
           "choose_by: validation");
    sweep.keys.push_back(std::move(swept));
  }
  if (sweep.keys.empty()) fail(value, "", "names no key; write key: log(a, b, n)");
  return sweep;
}

}  // namespace experiments
