// Paths of data sets in the configuration of a cell.
//
// They are looked up beside the experiment file and its parents, stay in the resolved configuration
// as they were written, and do not belong to the identity of a cell: contents do.
#pragma once

#include <string>

#include "core/config/value.h"

namespace experiments {

/// The configuration with paths that a data set can open.  file: of the experiment.
core::Value with_located_data(core::Value cell, const std::string& file);
/// Puts the paths back as `written` has them.
void restore_data_paths(core::Value& cell, const core::Value& written);
void erase_data_paths(core::Value& cell);

}  // namespace experiments
