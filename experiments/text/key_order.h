// Key order: trees that say the same are written the same.
#pragma once

#include "core/config/value.h"

namespace experiments {

/// Keys in alphabetical order at every level: a cell's file does not depend on the order in which
/// its settings were written, and two cells can be compared line by line.
core::Value in_key_order(core::Value v);

}  // namespace experiments
