#include "experiments/text/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace experiments {
namespace {

[[noreturn]] void refuse(const core::Mark& mark, std::string_view text, std::string_view why) {
  throw core::ConfigError(fmt::format("{}: '{}' {}", mark.str(), text, why));
}

bool digits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// [0-9]+ ( \. [0-9]* )? | \. [0-9]+, then an optional exponent; the sign is gone already.
bool looks_real(std::string_view s) {
  std::size_t i = 0, before = 0, after = 0;
  const auto skip_digits = [&] {
    const std::size_t start = i;
    while (i < s.size() && s[i] >= '0' && s[i] <= '9') ++i;
    return i - start;
  };
  before = skip_digits();
  if (i < s.size() && s[i] == '.') {
    ++i;
    after = skip_digits();
  }
  if (before + after == 0) return false;
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    ++i;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
    if (skip_digits() == 0) return false;
  }
  return i == s.size();
}

core::Value integer(std::string_view text, std::string_view body, bool negative, int base,
                    const core::Mark& mark) {
  std::string signed_body = (negative ? "-" : "") + std::string(body);
  std::int64_t n = 0;
  const auto [end, error] =
      std::from_chars(signed_body.data(), signed_body.data() + signed_body.size(), n, base);
  if (error != std::errc() || end != signed_body.data() + signed_body.size()) {
    refuse(mark, text, "does not fit a 64-bit integer");
  }
  return core::Value(n);
}

core::Value real(std::string_view text, std::string_view body, bool negative,
                 const core::Mark& mark) {
  double x = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), x);
  if (error != std::errc() || end != body.data() + body.size() || !std::isfinite(x)) {
    refuse(mark, text, "is out of the range of a double");
  }
  return core::Value(negative ? -x : x);
}

core::Value typed(std::string_view text, const core::Mark& mark) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return core::Value();
  if (text == "true" || text == "True" || text == "TRUE") return core::Value(true);
  if (text == "false" || text == "False" || text == "FALSE") return core::Value(false);
  const std::string low = lower(text);
  if (low == "yes" || low == "no" || low == "on" || low == "off") {
    refuse(mark, text,
           "is ambiguous (a boolean for some readers of YAML); write true or false, or quote it");
  }
  const bool negative = text[0] == '-';
  const std::string_view body = negative || text[0] == '+' ? text.substr(1) : text;
  const std::string low_body = lower(body);
  if (low_body == ".inf" || low_body == ".nan") refuse(mark, text, "is not a finite number");
  if (digits(body)) {
    if (body.size() > 1 && body[0] == '0') {
      refuse(mark, text,
             "is ambiguous (octal for some readers of YAML); drop the leading zero, or quote it");
    }
    return integer(text, body, negative, 10, mark);
  }
  if (body == text && text.size() > 2 && (text.starts_with("0x") || text.starts_with("0o"))) {
    const int base = text[1] == 'x' ? 16 : 8;
    const std::string_view rest = text.substr(2);
    const bool fits = std::all_of(rest.begin(), rest.end(), [base](char c) {
      return base == 8 ? c >= '0' && c <= '7'
                       : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    if (fits) return integer(text, rest, false, base, mark);
  }
  if (looks_real(body)) return real(text, body, negative, mark);
  return core::Value(std::string(text));
}

/// A word that reads back as the same string without quotes, in block and in flow context.
bool plain_safe(std::string_view s) {
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-' || c == '+';
  };
  if (s.empty() || s[0] == '-' || !std::all_of(s.begin(), s.end(), harmless)) return false;
  try {
    return plain_scalar(s, core::Mark{}).as_string() != nullptr;
  } catch (const core::ConfigError&) {
    return false;
  }
}

std::string scalar_text(const core::Value& v) {
  if (const bool* b = v.as_bool()) return *b ? "true" : "false";
  if (const std::int64_t* i = v.as_int()) return std::to_string(*i);
  if (const double* d = v.as_double()) return std::isfinite(*d) ? core::real_text(*d) : "null";
  if (const std::string* s = v.as_string()) return core::quoted(*s);
  return "null";
}

/// A key before its colon.  Readers of YAML take a word for a key only where the colon comes within
/// 1,024 characters, unless a question mark says so.  source: YAML 1.2.2, section 7.4.2.
std::string yaml_key(const std::string& key, const std::string& pad) {
  constexpr std::size_t kLongest = 1000;
  const std::string text = plain_safe(key) ? key : core::quoted(key);
  return text.size() <= kLongest ? pad + text : pad + "? " + text + "\n" + pad;
}

std::string yaml_scalar(const core::Value& v) {
  const std::string* s = v.as_string();
  return s && plain_safe(*s) ? *s : scalar_text(v);
}

void write_yaml(const core::Value& v, int indent, std::string& out) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  const auto nested = [&](const core::Value& child) {
    const bool empty =
        (child.is_map() && child.map().empty()) || (child.is_list() && child.list().empty());
    if (child.is_scalar()) {
      out += " " + yaml_scalar(child) + "\n";
    } else if (empty) {
      out += child.is_map() ? " {}\n" : " []\n";
    } else {
      out += "\n";
      write_yaml(child, indent + 2, out);
    }
  };
  if (v.is_map()) {
    for (const auto& [key, child] : v.map()) {
      out += yaml_key(key, pad) + ":";
      nested(child);
    }
  } else if (v.is_list()) {
    for (const core::Value& child : v.list()) {
      out += pad + "-";
      nested(child);
    }
  } else {
    out += pad + yaml_scalar(v) + "\n";
  }
}

}  // namespace

core::Value plain_scalar(std::string_view text, const core::Mark& mark) {
  core::Value v = typed(text, mark);
  v.mark = mark;
  return v;
}

std::string yaml_text(const core::Value& tree) {
  if (tree.is_map() && tree.map().empty()) return "{}\n";
  if (tree.is_list() && tree.list().empty()) return "[]\n";
  std::string out;
  write_yaml(tree, 0, out);
  return out;
}

std::string json_text(const core::Value& tree) {
  if (tree.is_scalar()) return scalar_text(tree);
  std::string out;
  if (tree.is_map()) {
    for (const auto& [key, child] : tree.map())
      out += (out.empty() ? "" : ",") + core::quoted(key) + ":" + json_text(child);
    return "{" + out + "}";
  }
  for (const core::Value& child : tree.list()) out += (out.empty() ? "" : ",") + json_text(child);
  return "[" + out + "]";
}

}  // namespace experiments
