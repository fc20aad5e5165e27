// Key hints: what somebody may have meant by a key that a cell does not have.
#pragma once

#include "core/config/params.h"
#include "core/config/value.h"

namespace experiments {

/// As `cell.done()` for the reader of a whole cell, which is `tree`; a key at the top may also be
/// one of the network's or the data set's, whose resolved configurations are given.
/// throws: ConfigError for keys that nobody has read.
void refuse_unknown(const core::Params& cell, const core::Value& tree, const core::Value& model,
                    const core::Value& data);

}  // namespace experiments
