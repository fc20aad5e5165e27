#include "experiments/text/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

#include "core/config/utf8.h"
#include "core/error.h"
#include "core/system/file.h"
#include "experiments/text/scalar.h"
#include "experiments/text/source_text.h"

namespace experiments {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 100'000;
constexpr std::size_t kMaxCall = 1000;

/// What the builder refuses, before it is known whether an open bracket is behind it.
struct Fault {
  YAML::Mark mark;
  std::string message;
};

core::Mark mark_at(const SourceText& text, const YAML::Mark& mark) {
  return mark.is_null() ? text.mark(0, 0) : text.mark(mark.line, mark.column);
}

/// Builds the tree from parser events: they show anchors, aliases and tags, which YAML::Node hides.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const SourceText& source) : source_(source) {}

  core::Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    open(mark, "", anchor);
    put(core::Value(), mark, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases (*name) are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    open(mark, tag, anchor);
    if (text.find('\0') != std::string::npos) fail(mark, "a text must not hold the character \\0");
    if (!stack_.empty() && stack_.back().value.is_map() && !stack_.back().key)
      return key(text, mark);
    const bool plain = tag == "?";  // yaml-cpp gives quoted and block scalars the tag "!"
    const bool opens = plain && open_call(text) && !stack_.empty() && stack_.back().flow;
    put(plain ? plain_scalar(text, mark_at(source_, mark)) : core::Value(text), mark, text);
    if (opens) stack_.back().call = stack_.back().value.is_map();
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(core::Value(core::Value::List{}), mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    begin(core::Value(core::Value::Map{}), mark, tag, anchor);
    stack_.back().flow = style == YAML::EmitterStyle::Flow;
  }
  void OnMapEnd() override { end(); }

 private:
  struct Level {
    core::Value value;
    std::optional<std::string> key;  // of the member that comes next, in a map
    YAML::Mark mark;
    YAML::Mark key_mark = {};
    bool flow = false;
    bool call = false;                // the last member is a call whose parenthesis is open
    std::set<std::string> keys = {};  // of a map: it may have very many members
  };

  /// "log(1" of {x: log(1, 10, 3)}: in a flow map a comma ends a plain word.
  static bool open_call(const std::string& text) {
    const std::size_t open = text.find('(');
    return open != 0 && open != std::string::npos && text.find(')') == std::string::npos &&
           text.find(' ') > open;
  }

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) const {
    throw Fault{mark, message};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) fail(mark, "anchors (&name) are not supported; write the value out");
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(mark, "tags (" + tag + ") are not supported");
    if (++nodes_ > kMaxNodes)
      fail(mark, fmt::format("a file may hold at most {} nodes", kMaxNodes));
  }

  void key(const std::string& text, const YAML::Mark& mark) {
    if (text == "<<") fail(mark, "merge keys (<<) are not supported; write the members out");
    if (text.empty()) fail(mark, "a key must not be empty");
    if (!stack_.back().call) check_fresh(text, mark);
    stack_.back().key = text;
    stack_.back().key_mark = mark;
  }

  void check_fresh(const std::string& text, const YAML::Mark& mark) {
    if (stack_.back().keys.insert(text).second) return;
    const core::Value* first = stack_.back().value.find(text);
    fail(mark, fmt::format("key '{}' is written twice; first at {}", text, first->mark.str()));
  }

  /// A key without a value behind an open call is its next argument.
  bool continues_call(Level& top, const core::Value& v) {
    if (!top.call) return false;
    if (!v.is_null()) {
      check_fresh(*top.key, top.key_mark);
      top.call = false;
      return false;
    }
    core::Value& call = top.value.map().back().second;
    const core::Mark mark = call.mark;
    if (call.as_string()->size() > kMaxCall)
      fail(top.key_mark, fmt::format("a call ends within {} characters", kMaxCall));
    call = core::Value(*call.as_string() + ", " + *top.key);
    call.mark = mark;
    top.call = !top.key->ends_with(')');
    top.key.reset();
    return true;
  }

  void put(core::Value v, const YAML::Mark& mark, std::string_view text) {
    v.mark = mark_at(source_, mark);
    if (stack_.empty()) {
      root_ = std::move(v);
      return;
    }
    Level& top = stack_.back();
    if (top.value.is_list()) {
      top.value.list().push_back(std::move(v));
    } else if (top.key) {
      if (continues_call(top, v)) return;
      top.value.map().emplace_back(*top.key, std::move(v));
      top.key.reset();
    } else {
      fail(mark, fmt::format("a key must be a word; got '{}'",
                             text.empty() ? v.str() : std::string(text)));
    }
  }

  void begin(core::Value v, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    open(mark, tag, anchor);
    if (stack_.size() >= kMaxDepth)
      fail(mark, fmt::format("a file may nest at most {} levels", kMaxDepth));
    if (!stack_.empty() && stack_.back().value.is_map() && !stack_.back().key) {
      fail(mark, "a key must be a word; got a list or map");
    }
    stack_.push_back({.value = std::move(v), .key = std::nullopt, .mark = mark});
  }

  void end() {
    Level level = std::move(stack_.back());
    stack_.pop_back();
    put(std::move(level.value), level.mark, "");
  }

  const SourceText& source_;
  core::Value root_;
  std::vector<Level> stack_;
  std::size_t nodes_ = 0;
};

[[noreturn]] void refuse(const SourceText& source, const YAML::Mark& mark,
                         const std::string& message) {
  const bool placed = !mark.is_null();
  const std::optional<SourceText::Open> open = source.open_before(
      placed ? mark.line : std::numeric_limits<int>::max(), placed ? mark.column : 0);
  if (open) throw core::ConfigError(open->at.str() + ": " + open->problem);
  throw core::ConfigError(mark_at(source, mark).str() + ": " + message);
}

}  // namespace

core::Value parse_yaml_value(std::string_view text, const std::string& filename) {
  core::require_input(filename, text.size() <= kMaxBytes,
                      "a file may have at most {} bytes; got {}", kMaxBytes, text.size());
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // the mark of an editor
  const SourceText source(text, filename);
  std::istringstream in{std::string(text)};
  Builder builder(source);
  try {
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) return core::Value();
    Builder second(source);
    if (parser.HandleNextDocument(second)) {
      throw core::ConfigError(
          filename + ": a file holds one document; found a second one (after '---' or '...')");
    }
  } catch (const Fault& fault) {
    refuse(source, fault.mark, fault.message);
  } catch (const YAML::Exception& e) {
    refuse(source, e.mark, e.msg);
  }
  // yaml-cpp takes the end of the file for the end of a quoted text
  const int end = std::numeric_limits<int>::max();
  if (const auto open = source.open_before(end, 0); open && open->problem.find("quote") == 4)
    throw core::ConfigError(open->at.str() + ": " + open->problem);
  return builder.take();
}

core::Value parse_yaml(std::string_view text, const std::string& filename) {
  core::Value tree = parse_yaml_value(text, filename);
  if (!tree.is_map()) {
    throw core::ConfigError(fmt::format("{}: the file must be a map (key: value); got {}",
                                        tree.mark.line ? tree.mark.str() : filename,
                                        tree.type_name()));
  }
  const core::Value* schema = tree.find("schema");
  if (!schema) {
    throw core::ConfigError(
        fmt::format("{}: first say which format this is: 'schema: {}'", tree.mark.str(), kSchema));
  }
  if (!schema->as_string() || *schema->as_string() != kSchema) {
    throw core::ConfigError(
        fmt::format("{}: schema must be '{}'; got {}", schema->mark.str(), kSchema, schema->str()));
  }
  std::erase_if(tree.map(), [](const auto& member) { return member.first == "schema"; });
  return tree;
}

core::Value load_yaml(const std::string& path) {
  std::error_code missing;
  core::require_input(path, std::filesystem::exists(path, missing) || missing, "no such file");
  return parse_yaml(core::read_text(path, kMaxBytes), path);
}

std::vector<Override> parse_overrides(const std::vector<std::string>& arguments) {
  std::vector<Override> out;
  for (const std::string& argument : arguments) {
    const std::string where = "command line '" + core::utf8_shown(argument) + "'";
    require_text(argument, where);
    const auto check_key = [&](std::string_view key) {
      const bool good = !key.empty() && key.front() != '.' && key.back() != '.' &&
                        key.find("..") == std::string::npos &&
                        key.find_first_of(" \t\n{}[],'\"") == std::string::npos;
      if (!good)
        throw core::ConfigError(where + ": the key must be a dotted path such as learn.iters");
    };
    if (argument.starts_with("~")) {
      const std::string key = argument.substr(1);
      check_key(key);
      out.push_back({.key = key, .value = {}, .remove = true});
      continue;
    }
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      throw core::ConfigError(where + ": an override is key=value, or ~key to take a key out");
    }
    const std::string key = argument.substr(0, equals);
    check_key(key);
    out.push_back({.key = key, .value = parse_yaml_value(argument.substr(equals + 1), where)});
    out.back().value.mark = {.file = where};
  }
  return out;
}

void apply_overrides(core::Value& tree, const std::vector<Override>& overrides) {
  for (const Override& o : overrides) {
    if (!o.remove) {
      tree.set_path(o.key, o.value);
      continue;
    }
    const std::size_t dot = o.key.rfind('.');
    core::Value* parent = &tree;
    if (dot != std::string::npos)
      parent = const_cast<core::Value*>(tree.find_path(o.key.substr(0, dot)));
    const std::string leaf = dot == std::string::npos ? o.key : o.key.substr(dot + 1);
    const std::size_t removed =
        parent && parent->is_map()
            ? std::erase_if(parent->map(), [&](const auto& m) { return m.first == leaf; })
            : 0;
    if (removed == 0)
      throw core::ConfigError(fmt::format("command line '~{}': there is no such key", o.key));
  }
}

std::string resolve_path(const std::string& path, const std::string& beside) {
  namespace fs = std::filesystem;
  if (path.empty() || fs::path(path).is_absolute() || fs::exists(path)) return path;
  for (fs::path folder = fs::absolute(beside).parent_path();; folder = folder.parent_path()) {
    if (fs::exists(folder / path)) return (folder / path).lexically_normal().string();
    if (folder == folder.parent_path()) return path;
  }
}

}  // namespace experiments
