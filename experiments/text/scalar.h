// Scalars: how a bare word of a configuration becomes a typed value, and back.
//
// One rule for YAML files and for `key=value` on the command line: the core schema of YAML 1.2,
// with everything that other readers understand differently refused: leading zeros (octal in
// YAML 1.1), yes/no/on/off (booleans in YAML 1.1), .nan and .inf.  Quoted text never comes here: it
// is a string. source: YAML 1.2.2, section 10.3.2 (tag resolution).
#pragma once

#include <string>
#include <string_view>

#include "core/config/value.h"

namespace experiments {

/// The value of a plain scalar.
/// throws: ConfigError at `mark` for an ambiguous word, a number out of range, .nan and .inf.
core::Value plain_scalar(std::string_view text, const core::Mark& mark);

/// The tree as block-style YAML that reads back as the same tree; ends with a newline.  What no
/// input can hold reads back as something else: a real that is not finite as null, a byte that is
/// not UTF-8 as the text \xNN.
std::string yaml_text(const core::Value& tree);

/// The tree as one line of JSON, keys in the order of the tree, reals in shortest round-trip form;
/// the same holds for what no input can hold.
std::string json_text(const core::Value& tree);

}  // namespace experiments
