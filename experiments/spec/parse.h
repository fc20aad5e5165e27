// Reading an experiment file into a Spec.
#pragma once

#include <string>
#include <vector>

#include "core/config/params.h"
#include "experiments/spec/spec.h"

namespace experiments {

/// The labels of a whole `vary` list (vary_label), one for each item where a choice is a list.
std::vector<std::string> vary_labels(const core::Value& list);

/// throws: ConfigError for anything wrong with the form of the document, and for what no cell would
/// see: a value that an axis or a sweep replaces in all of them, a list where one value belongs.
Spec parse_spec(core::Value document, const std::string& file);

/// Declarations of the keys of an experiment file, for `schema`; `base` has those of a cell.
std::vector<core::Declared> describe_spec();

}  // namespace experiments
