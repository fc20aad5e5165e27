// The recorded graph as text, for eyes and for tests: op names, shapes and who feeds whom.
//
// Only what record() kept is shown: a part that needs no gradient appears as one constant.  Nothing
// is printed here; the caller gets a string.
#pragma once

#include <string>

#include "autograd/variable.h"

namespace autograd {

/// One line per variable, inputs before users: `%3 = matmul(%0, %2) f32 (4, 8)`.
std::string to_text(const Variable& y);
/// The same graph in Graphviz's language.
std::string to_dot(const Variable& y);

}  // namespace autograd
