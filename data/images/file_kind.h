// What a file is that was taken for another, for messages that name it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace data {

/// "a PNG image", "a web page", "an empty file", .. by the first bytes of its content; "data of an
/// unknown kind" when they tell nothing.
std::string_view kind_of(std::span<const std::byte> bytes);

}  // namespace data
