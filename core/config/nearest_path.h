// Nearest path: what somebody may have meant who wrote a dotted path that does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace core {

/// The path of `known` that ends in the same key as `path`, or in the nearest by letters (error.h)
/// where there is none; of several the one that shares most keys with its beginning and is shortest
/// then: learn.optimizer.lr for learn.lr.  Empty when none is near.
std::string nearest_path(std::string_view path, const std::vector<std::string>& known);

}  // namespace core
