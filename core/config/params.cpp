#include "core/config/params.h"

#include <algorithm>
#include <map>

#include "core/config/nearest_path.h"
#include "core/config/param_types.h"

namespace core {

/// One map of the configuration: its tree with defaults written in, what has been read of it, and
/// the views of its nested maps (which own the truth about those members).
struct Params::Node {
  struct Nested {
    bool list = false;
    std::vector<std::shared_ptr<Node>> nodes;
  };

  Value tree;
  std::string path;
  bool describing = false;
  std::vector<std::string> known;  // in order of first reading
  std::map<std::string, Nested> nested;
  std::shared_ptr<std::vector<Declared>> declared;  // one list for a describing tree

  std::string path_of(std::string_view key) const {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  [[noreturn]] static void raise(const Mark& mark, const std::string& path,
                                 std::string_view message) {
    const std::string where = mark.str();
    throw ConfigError(fmt::format("{}{}{}{}{}", where, where.empty() || path.empty() ? "" : " ",
                                  path, where.empty() && path.empty() ? "" : ": ", message));
  }

  [[noreturn]] void raise_at(std::string_view key, std::string_view message) const {
    const Value* value = tree.find(key);
    const bool marked = value != nullptr && !value->mark.str().empty();
    raise(marked ? value->mark : tree.mark, path_of(key), message);
  }

  /// Marks `key` as known; in describing mode the first reading is recorded.
  void declare(std::string_view key, std::string_view type, std::string default_text,
               const Key& about) {
    if (std::find(known.begin(), known.end(), key) != known.end()) return;
    known.emplace_back(key);
    if (describing) {
      declared->push_back({path_of(key), std::string(type), std::move(default_text), about});
    }
  }

  /// The member `key`, written as null when absent.
  Value& member(std::string_view key) {
    if (Value* present = tree.find(key)) return *present;
    tree.map().emplace_back(std::string(key), Value());
    tree.map().back().second.mark = tree.mark;
    return tree.map().back().second;
  }

  std::shared_ptr<Node> make_child(Value map, std::string child_path) const {
    auto node = std::make_shared<Node>();
    node->tree = std::move(map);
    node->path = std::move(child_path);
    node->describing = describing;
    node->declared = declared;
    return node;
  }

  /// A map for a nested view: maps as they are, a plain string as {name: s}, null as empty.
  Value as_map(const Value& v, const std::string& child_path) const {
    if (v.is_map()) return v;
    if (v.as_string() != nullptr) return v.named();
    if (!v.is_null()) {
      raise(v.mark.str().empty() ? tree.mark : v.mark, child_path,
            fmt::format("must be a map or a name; got {} {}", v.type_name(), v.str()));
    }
    Value out(Value::Map{});
    out.mark = v.mark;
    return out;
  }

  /// Full paths of everything that has been read, here and in nested maps.
  void known_paths(std::vector<std::string>& out) const {
    for (const std::string& key : known) {
      out.push_back(path_of(key));
      const auto child = nested.find(key);
      if (child == nested.end()) continue;
      for (const auto& node : child->second.nodes) node->known_paths(out);
    }
  }

  /// The nearest key of this map; where none is near, the key that is meant may lie elsewhere.
  std::string hint(const std::string& key, const std::vector<std::string>& everywhere) const {
    std::vector<std::string> alphabetical = known;
    std::sort(alphabetical.begin(), alphabetical.end());
    const std::string elsewhere =
        nearest(key, alphabetical).empty() ? nearest_path(path_of(key), everywhere) : "";
    const std::string meant =
        elsewhere.empty() ? "" : fmt::format("; did you mean '{}'?", elsewhere);
    return meant +
           (alphabetical.empty() ? "; no key is known here" : known_hint(key, alphabetical));
  }

  void leftovers(const std::vector<std::string>& everywhere, std::vector<std::string>& out) const {
    for (const auto& [key, value] : tree.map()) {
      const auto child = nested.find(key);
      if (child != nested.end()) {
        for (const auto& node : child->second.nodes) node->leftovers(everywhere, out);
      } else if (std::find(known.begin(), known.end(), key) == known.end()) {
        const std::string where = (value.mark.str().empty() ? tree.mark : value.mark).str();
        out.push_back(fmt::format("{}{}{}: unknown key{}", where, where.empty() ? "" : " ",
                                  path_of(key), hint(key, everywhere)));
      }
    }
  }

  Value resolved() const {
    Value out = tree;
    for (const auto& [key, child] : nested) {
      Value replacement;
      if (child.list) {
        Value::List items;
        for (const auto& node : child.nodes) items.push_back(node->resolved());
        replacement = Value(std::move(items));
      } else {
        replacement = child.nodes.front()->resolved();
      }
      Value* place = out.find(key);
      replacement.mark = place->mark;
      *place = std::move(replacement);
    }
    return out;
  }
};

Params::Params(Value tree, std::string path) : node_(std::make_shared<Node>()) {
  if (!tree.is_map()) {
    Node::raise(tree.mark, path,
                fmt::format("must be a map; got {} {}", tree.type_name(), tree.str()));
  }
  node_->tree = std::move(tree);
  node_->path = std::move(path);
}

Params Params::describing(std::string path) {
  Params out(Value(Value::Map{}), std::move(path));
  out.node_->describing = true;
  out.node_->declared = std::make_shared<std::vector<Declared>>();
  return out;
}

template <class T>
T Params::get(std::string_view key, const Key& about) {
  Node& node = *node_;
  node.declare(key, detail::type_text<T>(), "", about);
  if (node.describing && node.tree.find(key) == nullptr) return detail::harmless<T>(about);
  Value* value = node.tree.find(key);
  if (value == nullptr) {
    std::vector<std::string> unread;
    for (const auto& [present, v] : node.tree.map()) {
      if (std::find(node.known.begin(), node.known.end(), present) == node.known.end()) {
        unread.push_back(present);
      }
    }
    const std::string close = nearest(key, unread);
    node.raise_at(
        key,
        fmt::format("required key is missing; must be {}{}", detail::wanted<T>(about),
                    close.empty() ? "" : fmt::format("; is '{}' a misspelling of it?", close)));
  }
  std::optional<T> x = detail::read<T>(*value, about);
  if (!x) {
    node.raise_at(
        key, fmt::format("must be {}; got {} {}{}", detail::wanted<T>(about), value->type_name(),
                         value->str(), detail::suggestion(*value, about)));
  }
  // Written back in the type that was asked, so that `1` and `1.0` resolve to the same tree.
  Value exact = detail::to_value<T>(*x);
  exact.mark = value->mark;
  *value = std::move(exact);
  return *std::move(x);
}

template <class T>
T Params::get(std::string_view key, const T& fallback, const Key& about) {
  Value written = detail::to_value<T>(fallback);
  node_->declare(key, detail::type_text<T>(), written.str(), about);
  if (node_->tree.find(key) == nullptr) {
    Value& place = node_->member(key);
    written.mark = place.mark;
    place = std::move(written);
  }
  return get<T>(key, about);
}

template <class T>
std::optional<T> Params::get_optional(std::string_view key, const Key& about) {
  node_->declare(key, detail::type_text<T>(), "null", about);
  if (node_->member(key).is_null()) return std::nullopt;
  return get<T>(key, about);
}

Params Params::child(std::string_view key, const std::string& doc) {
  Node& node = *node_;
  node.declare(key, "map", "{}", Key{.doc = doc});
  const auto present = node.nested.find(std::string(key));
  if (present != node.nested.end()) {
    if (present->second.list)
      throw Error(fmt::format("params: {} is read as a list", node.path_of(key)));
    return Params(present->second.nodes.front());
  }
  Value map = node.as_map(node.member(key), node.path_of(key));
  auto made = node.make_child(std::move(map), node.path_of(key));
  node.nested[std::string(key)] = {false, {made}};
  return Params(made);
}

std::vector<Params> Params::children(std::string_view key, const std::string& doc) {
  Node& node = *node_;
  node.declare(key, "list", "[]", Key{.doc = doc});
  if (node.nested.find(std::string(key)) == node.nested.end()) {
    Node::Nested made{true, {}};
    const Value& list = node.member(key);
    if (node.describing) {  // one member, so that the keys of the members are recorded
      made.nodes.push_back(node.make_child(Value(Value::Map{}), node.path_of(key) + "[]"));
    } else if (list.is_list()) {
      for (const Value& item : list.list()) {
        const std::string path = fmt::format("{}[{}]", node.path_of(key), made.nodes.size());
        made.nodes.push_back(node.make_child(node.as_map(item, path), path));
      }
    } else if (!list.is_null()) {
      node.raise_at(key,
                    fmt::format("must be a list of maps; got {} {}", list.type_name(), list.str()));
    }
    node.nested[std::string(key)] = std::move(made);
  }
  const Node::Nested& nested = node.nested.at(std::string(key));
  if (!nested.list) throw Error(fmt::format("params: {} is read as a map", node.path_of(key)));
  std::vector<Params> out;
  for (const auto& child : nested.nodes) out.push_back(Params(child));
  return out;
}

Value Params::take(std::string_view key, const std::string& doc) {
  node_->declare(key, "any", "null", Key{.doc = doc});
  return node_->member(key);
}

bool Params::has(std::string_view key) const { return node_->tree.find(key) != nullptr; }

void Params::fail(std::string_view message) const {
  Node::raise(node_->tree.mark, node_->path, message);
}

void Params::fail(std::string_view key, std::string_view message) const {
  node_->raise_at(key, message);
}

void Params::done() const {
  if (node_->describing) return;
  std::vector<std::string> everywhere, problems;
  node_->known_paths(everywhere);
  node_->leftovers(everywhere, problems);
  if (!problems.empty()) throw ConfigError(fmt::format("{}", fmt::join(problems, "\n")));
}

const std::string& Params::path() const { return node_->path; }

Value Params::resolved() const { return node_->resolved(); }

bool Params::is_describing() const { return node_->describing; }

std::vector<Declared> Params::declared() const {
  return node_->declared ? *node_->declared : std::vector<Declared>();
}

template bool Params::get<bool>(std::string_view, const Key&);
template bool Params::get<bool>(std::string_view, const bool&, const Key&);
template std::optional<bool> Params::get_optional<bool>(std::string_view, const Key&);
template int Params::get<int>(std::string_view, const Key&);
template int Params::get<int>(std::string_view, const int&, const Key&);
template std::optional<int> Params::get_optional<int>(std::string_view, const Key&);
template std::int64_t Params::get<std::int64_t>(std::string_view, const Key&);
template std::int64_t Params::get<std::int64_t>(std::string_view, const std::int64_t&, const Key&);
template std::optional<std::int64_t> Params::get_optional<std::int64_t>(std::string_view,
                                                                        const Key&);
template double Params::get<double>(std::string_view, const Key&);
template double Params::get<double>(std::string_view, const double&, const Key&);
template std::optional<double> Params::get_optional<double>(std::string_view, const Key&);
template std::string Params::get<std::string>(std::string_view, const Key&);
template std::string Params::get<std::string>(std::string_view, const std::string&, const Key&);
template std::optional<std::string> Params::get_optional<std::string>(std::string_view, const Key&);
template std::vector<std::int64_t> Params::get<std::vector<std::int64_t>>(std::string_view,
                                                                          const Key&);
template std::vector<std::int64_t> Params::get<std::vector<std::int64_t>>(
    std::string_view, const std::vector<std::int64_t>&, const Key&);
template std::optional<std::vector<std::int64_t>> Params::get_optional<std::vector<std::int64_t>>(
    std::string_view, const Key&);
template std::vector<double> Params::get<std::vector<double>>(std::string_view, const Key&);
template std::vector<double> Params::get<std::vector<double>>(std::string_view,
                                                              const std::vector<double>&,
                                                              const Key&);
template std::optional<std::vector<double>> Params::get_optional<std::vector<double>>(
    std::string_view, const Key&);
template std::vector<std::string> Params::get<std::vector<std::string>>(std::string_view,
                                                                        const Key&);
template std::vector<std::string> Params::get<std::vector<std::string>>(
    std::string_view, const std::vector<std::string>&, const Key&);
template std::optional<std::vector<std::string>> Params::get_optional<std::vector<std::string>>(
    std::string_view, const Key&);

}  // namespace core
