// Spec checks: what an experiment says that no cell would see, or that is said twice.
//
// Every rule is one of paths: of two keys one may be the other, lie inside it or have nothing to do
// with it.  Whether a key exists at all is decided when a cell is resolved.
#pragma once

#include "experiments/spec/spec.h"

namespace experiments {

/// throws: ConfigError with position, reason and the way to say it.
void check_spec(const Spec& spec);

}  // namespace experiments
