// Value: a configuration tree (null, bool, integer, real, string, list, map) that knows where each
// node was written, so that every later error can say file:line:column.
//
// Maps keep the order of writing and refuse duplicate keys.  A Value depends on no file format:
// experiments/text/yaml.cpp makes one from YAML, presets make them in code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace core {

/// Position of a node in a file; line and column count from 1, 0 means "not from a file".
struct Mark {
  std::string file;
  int line = 0;
  int column = 0;
  std::string str() const;  // "file:line:column", or the bare name ("command line", "preset brecq")
};

class Value {
 public:
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;

  Value() = default;  // null
  Value(bool b) : data_(b) {}
  Value(int i) : data_(static_cast<std::int64_t>(i)) {}
  Value(std::int64_t i) : data_(i) {}
  Value(double d) : data_(d) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(List l) : data_(std::move(l)) {}
  /// throws: ConfigError when a key occurs twice.
  Value(Map m);

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_list() const { return std::holds_alternative<List>(data_); }
  bool is_map() const { return std::holds_alternative<Map>(data_); }
  bool is_scalar() const { return !is_list() && !is_map(); }
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&data_); }
  const double* as_double() const { return std::get_if<double>(&data_); }
  const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  const List& list() const { return std::get<List>(data_); }
  List& list() { return std::get<List>(data_); }
  const Map& map() const { return std::get<Map>(data_); }
  Map& map() { return std::get<Map>(data_); }
  std::string_view type_name() const;  // "map", "integer", ...

  /// Member of a map by key, or nullptr.  Dots are not paths here.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Member by dotted path ("learn.optimizer.lr"), or nullptr.
  const Value* find_path(std::string_view path) const;
  /// The long form of a plain name: a string s as {name: s}, everything else as it is.
  Value named() const;
  /// Sets a member by dotted path, creating maps on the way; a string on the way becomes its long
  /// form {name: s}, any other non-map is replaced.
  void set_path(std::string_view path, Value v);
  /// Deep merge of maps: members of `over` win, maps merge, everything else replaces; a string under
  /// a map counts as its long form {name: s}.  A map whose
  /// `name` member differs from the present one replaces it whole: {name: lp, p: 2.4} over {name:
  /// l2}.
  void merge(const Value& over);
  /// Members in order of key at every level: the canonical form that is hashed.
  Value sorted() const;

  /// One-line text: {name: lp, p: 2.4}.  Reals print in shortest round-trip form.
  std::string str() const;

  Mark mark;

  /// Same tree, marks ignored; 1 and 1.0 differ.
  bool operator==(const Value& other) const { return data_ == other.data_; }

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> data_;
};

/// Shortest text that reads back as the same double and as a real: "1.0", "0.001", "1e-06".
std::string real_text(double x);

/// In double quotes, with the escapes that YAML and JSON share.
std::string quoted(std::string_view s);

}  // namespace core
