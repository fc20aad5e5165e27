// Params: a strict, typed view of one map of a configuration.
//
// Every read names its key, default, documentation and limits in one place; reading marks the key as
// used and writes the default back, so that after construction `done()` can refuse leftovers (file,
// line, key, nearest match) and the resolved tree says everything that was in force.  The same reads
// drive `schema`: a Params made by `Params::describing()` records each declaration instead of failing.
// Copies share the tree.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/key.h"
#include "core/config/value.h"
#include "core/error.h"

namespace core {

class Params {
 public:
  /// View of a map.  `path` is where it stands in the whole file, for messages.
  explicit Params(Value tree, std::string path = "");
  /// Records declarations; every required key reads as a harmless value of its type.
  static Params describing(std::string path = "");

  /// T: bool, std::int64_t, int, double, std::string, std::vector of int64_t, double or std::string.
  /// An integer is accepted where a real is asked; nothing else converts.  Reals must be finite.
  /// throws: ConfigError (position, path, what was found, what is allowed).
  template <class T>
  T get(std::string_view key, const Key& about);  // required
  template <class T>
  T get(std::string_view key, const T& fallback, const Key& about);
  /// Absent and `null` give nullopt; written back as null.
  template <class T>
  std::optional<T> get_optional(std::string_view key, const Key& about);

  /// A nested map; an absent one reads as empty.  A plain string s reads as {name: s}.
  Params child(std::string_view key, const std::string& doc);
  /// A list of maps; absent reads as empty.
  std::vector<Params> children(std::string_view key, const std::string& doc);
  /// A subtree taken as it is (used, unchecked); absent gives null.
  Value take(std::string_view key, const std::string& doc);
  bool has(std::string_view key) const;

  /// throws: ConfigError at this map, or at `key` of it.
  [[noreturn]] void fail(std::string_view message) const;
  [[noreturn]] void fail(std::string_view key, std::string_view message) const;
  /// Refuses keys that nobody has read, here and in every child.
  void done() const;

  const std::string& path() const;
  /// The tree with all defaults written in; children included.
  Value resolved() const;
  bool is_describing() const;
  /// Declarations so far, children included (only in a describing Params).
  std::vector<Declared> declared() const;

 private:
  struct Node;
  explicit Params(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  std::shared_ptr<Node> node_;
};

}  // namespace core
