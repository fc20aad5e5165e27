// JSON text to core::Value: the reader of our own index and provenance files and of worker
// messages.
//
// Duplicate keys are refused; positions are not kept.  Writing is json_text (scalar.h).
#pragma once

#include <string>
#include <string_view>

#include "core/config/value.h"

namespace experiments {

/// throws: InputError "where: ..." for malformed text, duplicate keys and more than 64 levels.
core::Value parse_json(std::string_view text, const std::string& where);

}  // namespace experiments
