// UTF-8: where a text is well-formed, and how to show one that is not.
//
// Overlong forms, surrogates, values beyond U+10FFFF and sequences that are cut off are ill-formed:
// a strict reader (JSON, HDF5 from Python) refuses a whole file for one of them.
// source: RFC 3629, section 4.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace core {

/// Bytes of the character that `text` starts with; 0 when it starts with none, or is empty.
std::size_t utf8_length(std::string_view text);

/// The position of the first byte that belongs to no character; npos for well-formed text.
std::size_t utf8_fault(std::string_view text);

/// The text with each byte that belongs to no character written out as \xNN: well-formed, but not
/// to be read back.
std::string utf8_shown(std::string_view text);

}  // namespace core
