// YAML files and command-line overrides to core::Value, strictly.
//
// Every node keeps file:line:column.  Refused: duplicate keys, merge keys (`<<`), anchors, aliases,
// tags, more than one document, keys that are not scalars, files above 1 MB, more than 64 levels or
// 100,000 nodes, bytes that are not UTF-8 text, the character \0.  A value such as log(1, 10, 3)
// is one word, in a flow map too, where plain YAML would end it at the comma.  An experiment or
// training file is a map that says `schema: roundtable/1`; that key is checked and taken out here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/value.h"

namespace experiments {

inline constexpr std::string_view kSchema = "roundtable/1";

/// Reads a file.  throws: InputError when it cannot be read, ConfigError for everything inside it.
core::Value load_yaml(const std::string& path);
/// The same from text; `filename` is used in messages.
core::Value parse_yaml(std::string_view text, const std::string& filename);
/// Any one value (scalar, flow list, flow map, block), without the `schema` rule.
core::Value parse_yaml_value(std::string_view text, const std::string& filename);

/// One `key=value` or `~key` of a command line.
struct Override {
  std::string key;    // dotted path
  core::Value value;  // unused when `remove`
  bool remove = false;
};

/// throws: ConfigError unless every argument has one of the two forms.
std::vector<Override> parse_overrides(const std::vector<std::string>& arguments);

/// Applies to a plain tree (a training file): sets or removes members by dotted path.
/// throws: ConfigError when `~key` names a key that is not there.
void apply_overrides(core::Value& tree, const std::vector<Override>& overrides);

/// `path` as it is when absolute or when it exists from the current directory; otherwise below the
/// first parent folder of `beside` (a file) where it exists; otherwise as it is.
std::string resolve_path(const std::string& path, const std::string& beside);

}  // namespace experiments
