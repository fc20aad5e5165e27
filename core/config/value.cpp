#include "core/config/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "core/config/utf8.h"
#include "core/error.h"

namespace core {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

/// True when YAML reads `s` without quotes as this very string.
bool plain(const std::string& s) {
  static constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                          "on",   "off",   "y",    "n"};
  if (s.empty() || !(letter(s[0]) || s[0] == '_' || s[0] == '/')) return false;
  const auto safe = [](char c) {
    return letter(c) || digit(c) || std::string_view("_./+-").find(c) != std::string_view::npos;
  };
  if (!std::all_of(s.begin(), s.end(), safe)) return false;
  std::string lower = s;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

std::string scalar_text(const std::string& s) { return plain(s) ? s : core::quoted(s); }

constexpr std::ptrdiff_t kMaxPath = 64;  // parts of a dotted path

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

}  // namespace

/// A byte that is no UTF-8 is written out as the text \xNN: whatever a file name or an environment
/// variable holds, a strict reader can read the whole.
std::string quoted(std::string_view s) {
  std::string out = "\"";
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t length = utf8_length(s.substr(i));
    const char c = s[i];
    if (length == 0) {
      out += fmt::format("\\\\x{:02x}", static_cast<unsigned char>(c));
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += s.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out + '"';
}

std::string Mark::str() const {
  if (line <= 0) return file;
  return fmt::format("{}:{}:{}", file, line, column);
}

Value::Value(Map m) : data_(std::move(m)) {
  std::set<std::string_view> seen;
  for (const auto& [key, value] : map()) {
    if (!seen.insert(key).second) {
      const std::string where = value.mark.str();
      throw ConfigError(
          fmt::format("{}{}{}: key is given twice", where, where.empty() ? "" : " ", key));
    }
  }
}

std::string_view Value::type_name() const {
  static constexpr std::array<std::string_view, 7> kNames{"null",   "bool", "integer", "real",
                                                          "string", "list", "map"};
  return kNames[data_.index()];
}

const Value* Value::find(std::string_view key) const {
  if (!is_map()) return nullptr;
  for (const auto& [name, value] : map()) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(key));
}

const Value* Value::find_path(std::string_view path) const {
  const auto [head, rest] = split(path);
  const Value* member = find(head);
  return member == nullptr || rest.empty() ? member : member->find_path(rest);
}

Value Value::named() const {
  if (as_string() == nullptr) return *this;
  Value out{Map{}};
  out.mark = mark;
  out.map().emplace_back("name", *this);
  return out;
}

void Value::set_path(std::string_view path, Value v) {
  // Trees are walked and destroyed recursively; a file nests at most 64 levels, too.
  if (const auto dots = std::count(path.begin(), path.end(), '.'); dots >= kMaxPath) {
    throw ConfigError(fmt::format("{}{}'{}..' has {} parts; a path has at most {}", v.mark.str(),
                                  v.mark.file.empty() ? "" : ": ", path.substr(0, 32), dots + 1,
                                  kMaxPath));
  }
  if (!is_map()) {
    const Mark kept = mark;
    *this = as_string() != nullptr ? named() : Value(Map{});
    mark = kept.file.empty() ? v.mark : kept;
  }
  const auto [head, rest] = split(path);
  Value* member = find(head);
  if (member == nullptr) {
    map().emplace_back(std::string(head), Value());
    member = &map().back().second;
    member->mark = v.mark;
  }
  if (rest.empty()) {
    *member = std::move(v);
  } else {
    member->set_path(rest, std::move(v));
  }
}

void Value::merge(const Value& over) {
  if (over.is_map() && as_string() != nullptr) *this = named();
  if (!is_map() || !over.is_map()) {
    *this = over;
    return;
  }
  const Value* mine = find("name");
  const Value* theirs = over.find("name");
  if (mine != nullptr && theirs != nullptr && !(*mine == *theirs)) {
    *this = over;
    return;
  }
  for (const auto& [key, value] : over.map()) {
    if (Value* member = find(key)) {
      member->merge(value);
    } else {
      map().emplace_back(key, value);
    }
  }
}

Value Value::sorted() const {
  Value out = *this;
  if (is_list()) {
    for (Value& item : out.list()) item = item.sorted();
  } else if (is_map()) {
    for (auto& [key, value] : out.map()) value = value.sorted();
    std::sort(out.map().begin(), out.map().end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  return out;
}

std::string Value::str() const {
  if (const bool* b = as_bool()) return *b ? "true" : "false";
  if (const std::int64_t* i = as_int()) return std::to_string(*i);
  if (const double* d = as_double()) {
    if (std::isfinite(*d)) return real_text(*d);
    return std::isnan(*d) ? ".nan" : *d > 0 ? ".inf" : "-.inf";  // YAML's spelling
  }
  if (const std::string* s = as_string()) return scalar_text(*s);
  if (is_null()) return "null";
  std::string out;
  if (is_list()) {
    for (const Value& item : list()) out += (out.empty() ? "" : ", ") + item.str();
    return "[" + out + "]";
  }
  for (const auto& [key, value] : map()) {
    out += (out.empty() ? "" : ", ") + scalar_text(key) + ": " + value.str();
  }
  return "{" + out + "}";
}

std::string real_text(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  std::string text(buffer.data(), result.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace core
